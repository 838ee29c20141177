"""Questions to the published results."""

import duckdb
import pytest

from tests.support import synthetic
from warehouse import schema
from warehouse.layout import DataRoot
from warehouse.read import NoWarehouseError, OlderFileError, QueryError, Warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    root = DataRoot(tmp_path_factory.mktemp("read"))
    synthetic.publish(root, synthetic.Size(runs=1))
    return Warehouse(root)


def test_values_are_given_by_place_or_by_name(warehouse):
    by_place = warehouse.query("select ? + 1 as n", [2])
    by_name = warehouse.query("select $n + 1 as n", {"n": 2})

    assert by_place.to_pylist() == by_name.to_pylist() == [{"n": 3}]


def test_an_answer_has_types_that_every_format_holds(warehouse):
    answer = warehouse.query(
        "select sum(i) as s, 1.5 as d, [i] as l, i as s, interval 1 day as t "
        "from (values (1)) v(i) group by i"
    )

    (row,) = answer.to_pylist()

    assert row == {"s": 1, "d": 1.5, "l": "[1]", "s_4": 1, "t": "1 day"}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select 1; select 2", "several statements"),
        ("drop table runs", "read-only"),
        ("", "has no result"),
        ("from nowhere", "nowhere does not exist"),
        ("from read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_what_is_no_question_is_refused(warehouse, query, why):
    with pytest.raises(QueryError, match=why):
        warehouse.query(query)


def test_nothing_published_is_told_with_what_to_do(tmp_path):
    warehouse = Warehouse(DataRoot(tmp_path))

    assert warehouse.identity() is None
    with pytest.raises(NoWarehouseError, match="make some with `sing run STUDY`"):
        warehouse.query("select 1")


def test_a_new_generation_changes_the_identity_and_the_answer(tmp_path):
    root = DataRoot(tmp_path)
    root.published.mkdir()
    seen = {}
    for number in (1, 2):
        with duckdb.connect(str(root.published / f"gen-{number}.duckdb")) as database:
            database.execute(f"create table t as select {number} as n")
        (root.published / "CURRENT").write_text(f"gen-{number}.duckdb\n")
        warehouse = Warehouse(root)
        seen[warehouse.identity()] = warehouse.query("from t")["n"].to_pylist()

    assert list(seen.values()) == [[1], [2]]


def test_a_file_that_lacks_what_a_question_needs_is_told_as_older(tmp_path):
    root = DataRoot(tmp_path)
    root.published.mkdir()
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        schema.create(database)
        database.execute("drop view latest.occupancy; drop table occupancy")
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")

    with pytest.raises(OlderFileError, match="older version .* `sing rebuild`"):
        Warehouse(root).ask("occupancy", run="r")


def test_tables_and_rules_are_told_by_name(warehouse):
    assert len(warehouse.tables()) == 39
    assert {"unique keys", "no nan", "references"} < set(warehouse.checks())
