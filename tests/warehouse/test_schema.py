"""The tables as their SQL makes them, and the files of SQL that the package holds."""

import ast
from pathlib import Path

import duckdb
import pytest

from tests.support import synthetic
from tests.support.rows import add
from warehouse import schema


def test_sql_is_known_by_its_name_wherever_it_lies(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.sql").write_text("select 1")
    (tmp_path / "b.sql").write_text("select 2")
    (tmp_path / "c.txt").write_text("no SQL")

    assert list(schema.read_sql(tmp_path).items()) == [("a", "select 1"), ("b", "select 2")]


def test_a_name_that_stands_twice_is_refused(tmp_path):
    for folder in ("inputs", "scores"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "images.sql").touch()

    with pytest.raises(ValueError, match=r"two files .* are called images\.sql.*rename one"):
        schema.read_sql(tmp_path)


def test_every_question_is_asked_and_every_question_asked_is_there():
    asked = set()
    for package in ("dashboards", "flows"):
        for file in (Path(__file__).parents[2] / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Name(id=name) | ast.Attribute(attr=name),
                        args=[ast.Constant(value=str(question)), *_],
                    ) if name in ("read", "ask", "_ask"):
                        asked.add(question)

    # Those two are asked of the process that has the models in memory.
    assert asked - {"phrase", "steer", "search"} == set(schema.sql("questions"))


def test_every_table_has_a_key_of_its_own_columns():
    for table, key in schema.keys().items():
        assert set(key) <= set(schema.arrow_schemas()[table].names)
        assert key[0] == "run_id"
        assert len(set(key)) == len(key)


#: Made-up rows have one value of these.
_ALIKE = {
    ("artifacts", "model"), ("artifacts", "path"), ("candidate_scores", "score"),
    ("image_flags", "flag"), ("image_labels", "concept_group"), ("rejected_images", "path"),
    ("score_validation", "model"),
    ("score_validation", "score"), ("score_validation", "truth"), ("steering", "target"),
}  # fmt: skip


def test_no_key_can_do_without_one_of_its_columns():
    with duckdb.connect() as database:
        schema.create(database)
        synthetic.fill(database, synthetic.Size(runs=2))

        def tells_apart(table, columns):
            names = ", ".join(columns) or "true"
            counted = f"select count(*) from (select distinct {names} from {table})"
            return (
                database.sql(counted).fetchall()
                == database.sql(f"select count(*) from {table}").fetchall()
            )

        superfluous = set()
        for table, key in schema.keys().items():
            assert tells_apart(table, key)
            superfluous |= {
                (table, one) for one in key if tells_apart(table, [n for n in key if n != one])
            }
        assert superfluous == _ALIKE


def test_a_table_without_a_key_is_refused():
    text = "-- Pictures.\n--\n-- Grain:  one row an image.\ncreate table images (a integer);"

    with pytest.raises(ValueError, match="table images does not say .* add a line such as `-- Key"):
        schema.key("images", text)


def test_every_table_and_column_says_what_it_is():
    with duckdb.connect() as database:
        schema.create(database)
        unsaid = database.sql(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where comment is null and not internal union all "
            "select schema_name, table_name, '' from duckdb_tables() where comment is null "
            "and not internal and not temporary union all "
            "select schema_name, view_name, '' from duckdb_views() where comment is null "
            "and not internal"
        ).fetchall()

    assert unsaid == []


_ANGLES = (
    "as_",
    "is_",
    "angle_",
    "abs_as_",
    "margin_",
    "space_move_",
    "control_",
    "common_as_",
    "common_ci_",
    "own_as_",
    "own_ci_",
    "limit_",
    "target_",
    "precision_angle_",
    "space_precision_angle_",
)
_NO_ANGLES = (
    "as_is_correlation",
    "is_as_ratio",
    "control_ratio",
    "control_share",
    "control_accuracy",
    "control_low",
    "control_high",
)


def test_every_angle_has_its_unit_in_its_name():
    numbers = {name for table in schema.sql("tables") for name in schema.numbers(table)}
    names = {name for name in numbers if not name.endswith("_percentile")}

    assert {n for n in names if n.startswith(_ANGLES)} == {
        *(n for n in names if n.endswith("_deg")),
        *_NO_ANGLES,
    }


def test_latest_shows_the_newest_finished_run_of_each_study():
    with duckdb.connect() as database:
        schema.create(database)
        for run_id, study, finished, status in [
            ("a1", "a", "2026-01-01", "finished"),
            ("a2", "a", "2026-01-02", "finished"),
            ("a3", "a", "2026-01-03", "failed"),
            ("b1", "b", "2026-01-01", "finished"),
            ("b2", "b", None, "unfinished"),
        ]:
            add(
                database,
                "runs",
                {"run_id": run_id, "study": study, "finished_at": finished, "status": status},
            )
            add(database, "model_scores", {"run_id": run_id})

        assert database.sql("select run_id from latest.runs order by 1").fetchall() == [
            ("a2",), ("b1",),
        ]  # fmt: skip
        assert database.sql("select count(*) from latest.model_scores").fetchall() == [(2,)]
