"""Commands over published results: formats, refusals, and what they say."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path

import polars as pl
import pytest

from flows import cli
from tests.support.command import SING


def test_sql_answers_in_every_format(capfdbinary, made_once):
    query = "select model, null_dim from latest.models order by model"

    def ask(kind):
        assert (
            cli.command(["sql", query, "--data", str(made_once.root.path), "--format", kind]) == 0
        )
        return capfdbinary.readouterr().out

    rows = [{"model": "byob", "null_dim": 251}, {"model": "res", "null_dim": 56}]
    assert json.loads(ask("json")) == rows
    assert pl.read_parquet(io.BytesIO(ask("parquet"))).to_dicts() == rows
    parsed = list(csv.DictReader(io.StringIO(ask("csv").decode())))
    assert parsed == [{k: str(v) for k, v in row.items()} for row in rows]
    assert re.search(r"byob\s+│\s+251", ask("table").decode())


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "table"])
def test_sql_prints_whatever_a_query_gives(capfdbinary, made_once, kind):
    query = (
        "select sum(null_dim) as total, 1.5 as half, finished_at - started_at as took, "
        "[1, 2] as list, {'a': 1} as struct, 1 as twice, 2 as twice, null as nothing, "
        "now()::date as today "
        "from latest.models, latest.runs group by all"
    )

    code = cli.command(["sql", query, "--data", str(made_once.root.path), "--format", kind])

    out = capfdbinary.readouterr().out
    assert code == 0
    if kind == "json":
        (row,) = json.loads(out)
        assert (row["total"], row["half"], row["list"]) == (307, 1.5, "[1, 2]")


WIDE = "select sum(hash(i)) as total, max(i)::hugeint as most from range(5) t(i)"


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "table"])
def test_a_number_of_more_than_64_bits_is_written_digit_by_digit(capfdbinary, made_once, kind):
    with made_once.warehouse.connect() as connection:
        total, most = connection.execute(WIDE).fetchone()

    code = cli.command(["sql", WIDE, "--data", str(made_once.root.path), "--format", kind])

    out = capfdbinary.readouterr().out
    assert code == 0
    assert total > 2**63
    if kind == "parquet":
        assert pl.read_parquet(io.BytesIO(out)).to_dicts() == [
            {"total": str(total), "most": str(most)}
        ]
    else:
        assert str(total) in out.decode()


def test_a_conversion_of_the_query_that_fails_is_told_as_its_own(call):
    code, _, err = call("sql", "select sum(hash(i)), 'a'::int from range(5) t(i)")

    assert code == 2
    assert "Could not convert string 'a' to INT32" in err


def test_an_empty_answer_is_a_heading(capsys, made_once):
    query = "select model from latest.models where rank < 0"

    cli.command(["sql", query, "--data", str(made_once.root.path), "--format", "table"])

    out = capsys.readouterr().out
    assert "model" in out
    assert len(out.strip().splitlines()) <= 4


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("selec 1", "syntax error"),
        ("select * from nothing", "nothing does not exist"),
        ("from read_csv('/etc/passwd')", "disabled"),
        ("copy runs to '/tmp/stolen.csv'", "disabled"),
        ("attach '/tmp/other.duckdb'", "disabled"),
        ("create table t (a int)", "read-only"),
        ("drop table main.runs", "read-only"),
        ("set enable_external_access = true", "locked"),
        ("install httpfs", "disabled"),
        ("select 1; select 2", "one at a time"),
    ],
)
def test_sql_reads_the_published_tables_and_nothing_else(call, query, complaint):
    code, out, err = call("sql", query)

    assert (code, out) == (2, "")
    assert complaint in err


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_export_writes_a_whole_table(call, tmp_path, ending):
    file = tmp_path / f"scores.{ending}"

    code, out, err = call("export", "model_scores", file)

    read = {"csv": pl.read_csv, "json": pl.read_json, "parquet": pl.read_parquet}[ending]
    assert (code, out) == (0, "")
    assert f"2 rows of model_scores in {file}" in err
    assert sorted(read(file)["model"]) == ["byob", "res"]


def test_export_tells_what_it_knows(call, tmp_path):
    assert call("export", "nothing", tmp_path / "a.csv")[0] == 2
    code, _, err = call("export", "model_scores", tmp_path / "a.xlsx")

    assert code == 2
    assert "must end in .csv, .json or .parquet" in err
    code, _, err = call("export", "model_scores", tmp_path / "no" / "such" / "a.csv")
    assert code == 2
    assert "name a file in a folder that exists" in err
    assert not list(tmp_path.iterdir())


def test_runs_lists_the_ledger(call, made_once):
    code, out, _ = call("runs", "--json")

    (row,) = json.loads(out)
    assert code == 0
    assert (row["run_id"], row["status"]) == (made_once.outcome.run_id, "finished")


def test_the_schema_page_is_the_databases_own(capsys):
    assert cli.command(["schema"]) == 0

    page = Path(__file__).parents[3] / "docs" / "schema.md"
    assert capsys.readouterr().out == page.read_text(), "sing schema > docs/schema.md"


def test_a_reader_that_has_seen_enough_is_no_error(made_once):
    pipe = f"{SING} sql 'select i from range(1000000) t(i)' --data {made_once.root.path} | head -1"

    ran = subprocess.run(pipe, shell=True, capture_output=True, text=True)

    assert (ran.stdout, ran.stderr) == ("i\n", "")


def test_a_data_root_that_is_a_file_is_told(call, tmp_path):
    (tmp_path / "file").write_text("")

    code, _, err = call("runs", "--data", tmp_path / "file")

    assert code == 2
    assert "is a file; need a folder" in err


def test_asking_before_anything_is_published_says_what_to_do(call, tmp_path):
    code, _, err = call("sql", "select 1", "--data", tmp_path)

    assert code == 1
    assert "no results are published" in err
    assert "`sing run STUDY`" in err
