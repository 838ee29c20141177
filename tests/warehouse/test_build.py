"""What publishing does with a run whose rows break a rule."""

import shutil
from datetime import datetime

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.support.stored import rows
from warehouse import build, ledger, schema
from warehouse.digests import sha256
from warehouse.generations import current
from warehouse.layout import DataRoot

RUN = ledger.Run(
    run_id="r",
    study="s",
    started_at=datetime(2026, 1, 1),
    finished_at=datetime(2026, 1, 2),
    status="finished",
    config_json='{"analysis": {"max_image_concept_rows": 9}}',
    code_version="0.1.0",
    package_versions_json="{}",
)

#: Table ``runs`` is written from the ledger, which has one entry a run.
STORED = [table for table in schema.sql("tables") if table != "runs"]


@pytest.fixture(scope="module")
def published(right, tmp_path_factory):
    """A data root with one small, right run, published; what a test stores beside is removed."""
    root = DataRoot(tmp_path_factory.mktemp("build") / "data")
    root.path.mkdir()
    (root.path / "f").write_text("weights")
    for table in STORED:
        path = root.table("r", table)
        path.parent.mkdir(parents=True)
        generated = set(schema.columns()[table]) - set(schema.arrow_schemas()[table].names)
        less = f"exclude ({', '.join(generated)})" if generated else ""
        digest = f"replace ('{sha256(root.path / 'f')}' as sha256)" if table == "artifacts" else ""
        rows = f"select * {less} {digest} from {table}"
        right.execute(f"copy ({rows}) to '{path}' (format parquet)")
    ledger.save(root, RUN)
    build.publish(root, RUN)
    return root


@pytest.fixture
def root(published):
    before = current(published)
    yield published
    for more in published.runs.glob("*/tables/*/more.parquet"):
        more.unlink()
    assert current(published) == before
    assert [path.name for path in published.published.glob("gen-*")] == [before.name]


@pytest.mark.parametrize("table", STORED)
def test_what_is_stored_twice_is_not_published(root, table):
    shutil.copy(root.table("r", table), root.table("r", table, "more"))

    first = f"first: table_name='{table}', run_id='r', .*n_rows=2"
    with pytest.raises(build.CheckFailedError, match=f"rule assert_unique_keys .*{first}"):
        build.publish(root, RUN)


@pytest.mark.parametrize("table", [table for table in STORED if schema.numbers(table)])
def test_a_number_that_is_none_is_not_published(root, table):
    *_, column = schema.numbers(table)
    one = f"(from '{root.table('r', table)}' limit 1)"
    duckdb.sql(f"select * replace ('nan'::double as {column}) from {one}").write_parquet(
        str(root.table("r", table, "more"))
    )

    first = f"first: table_name='{table}', run_id='r', .*column_name='{column}'"
    with pytest.raises(build.CheckFailedError, match=f"rule assert_no_nan .*{first}"):
        build.publish(root, RUN)


def test_of_a_published_run_the_changed_tables_alone_are_made_anew(published, tmp_path):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(published.path, root.path, symlinks=True)
    changed, other = "cures", "readouts"
    for table, column in ((changed, "calibration_before"), (other, "strength")):
        file = root.table("r", table)
        query = f"select * replace (0.25 as {column}) from '{file}'"
        pq.write_table(duckdb.sql(query).to_arrow_table(), file)
    before = _tables(root)

    build.publish(root, RUN, [changed])

    differ = {table for table, found in _tables(root).items() if found != before[table]}
    assert differ == {changed}
    assert rows(root, f"select calibration_before as n from main.{changed}") == [{"n": 0.25}]
    build.publish(root, RUN)
    assert rows(root, f"select distinct strength as n from main.{other}") == [{"n": 0.25}]


@pytest.mark.parametrize("wrong", ["cures", "cure_curves", "readouts"])
def test_changed_tables_are_checked_as_all_are(root, wrong):
    shutil.copy(root.table("r", wrong), root.table("r", wrong, "more"))

    with pytest.raises(build.CheckFailedError, match="rule assert_unique_keys"):
        build.publish(root, RUN, [wrong])


def test_a_run_that_is_not_published_is_published_whole(published, tmp_path):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(published.path, root.path, symlinks=True)
    whole = _tables(root)
    for path in [*root.published.iterdir(), root.path / "sing.duckdb"]:
        path.unlink()

    build.publish(root, RUN, ["cures"])

    assert _tables(root) == whole


def _tables(root):
    return {table: rows(root, f"from main.{table} order by all") for table in STORED}
