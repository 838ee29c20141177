"""Columns that follow from others: in the database, and in no Parquet file."""

import duckdb
import pytest

from tests.support.rows import add
from warehouse import schema
from warehouse.layout import DataRoot
from warehouse.read import OlderFileError, Warehouse
from warehouse.rows import CheckFailedError
from warehouse.rows import add as insert
from warehouse.stored import parquet
from warehouse.stored.run_folder import RunFolder

#: Adjusted p-values, and whether such a shift differs from its control.
DIFFERS = {0.0: True, 0.049: True, 0.05: False, 1.0: False, None: False}


@pytest.fixture
def rows():
    """Rows as a run of any version stores them."""
    stored = schema.arrow_schemas()["concept_scores"]
    columns = {field.name: [1] * len(DIFFERS) for field in stored}
    columns |= {name: ["r"] * len(DIFFERS) for name in ("run_id", "model")}
    columns |= {"concept_id": range(len(DIFFERS)), "own_as_mean_deg": 0}
    columns |= {
        name: list(DIFFERS) for name in ("p_adjusted", "common_p_adjusted", "own_p_adjusted")
    }
    return parquet.table("concept_scores", columns)


GENERATED = ["differs_from_control", "common_differs_from_control", "own_differs_from_control"]


def answers(database, column, schema_name="main"):
    found = database.sql(f"select {column} from {schema_name}.concept_scores order by concept_id")
    return [value for (value,) in found.fetchall()]


def test_what_is_generated_is_a_column_and_is_not_stored(rows):
    assert schema.columns()["concept_scores"] == [*rows.column_names, *GENERATED]
    assert not {*GENERATED} & {*schema.arrow_schemas()["concept_scores"].names}
    with pytest.raises(ValueError, match=r"unknown columns \['differs_from_control'\]"):
        parquet.table("concept_scores", {"differs_from_control": True})


def test_a_run_that_was_stored_without_it_is_read_and_latest_shows_it(rows, tmp_path):
    root = DataRoot(tmp_path)
    RunFolder(root, "r").write("concept_scores", rows, "m")
    with duckdb.connect() as database:
        schema.create(database)
        add(database, "runs", {"run_id": "r", "status": "finished", "finished_at": "2026-01-01"})

        with pytest.raises(CheckFailedError, match="assert_references"):  # they are all it has
            insert(root, database, "r")

        for column in GENERATED:
            expected = list(DIFFERS.values())
            assert answers(database, column) == answers(database, column, "latest") == expected


def test_rows_that_are_published_nowhere_follow_the_same_rule(rows):
    shown = schema.as_published("concept_scores", rows)

    for column in GENERATED:
        assert shown[column].to_pylist() == list(DIFFERS.values())
    assert shown.select(rows.column_names).equals(rows)


def test_a_published_file_without_it_is_an_older_one(tmp_path):
    root = DataRoot(tmp_path)
    root.published.mkdir(parents=True)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        schema.create(database)
        database.execute("drop schema latest cascade")
        database.execute("alter table concept_scores drop column differs_from_control")
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")

    with pytest.raises(OlderFileError, match="`sing rebuild` makes them again"):
        Warehouse(root).ask("class_concepts", run="r", model="m", class_index=0)
