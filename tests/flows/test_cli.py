"""The command as users call it: exit codes, what goes to stdout, and sentences."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from flows import cli
from tests.support import world

SING = str(Path(sys.executable).with_name("sing"))


def sing(*arguments, **environment):
    """Run the installed command."""
    return subprocess.run(
        [SING, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | environment,
    )


@pytest.fixture
def call(made_once, capsys):
    """Call the command in this process, on the finished run; returns code, stdout and stderr."""

    def call(*arguments):
        data = () if "--data" in arguments else ("--data", str(made_once.root.path))
        code = cli.command([*map(str, arguments), *data])
        return code, *capsys.readouterr()

    return call


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
    assert not list(tmp_path.iterdir())


def test_runs_lists_the_ledger(call, made_once):
    code, out, _ = call("runs", "--json")

    (row,) = json.loads(out)
    assert code == 0
    assert (row["run_id"], row["status"]) == (made_once.outcome.run_id, "finished")


def test_doctor_tells_ranks_without_extracting(fresh, capsys):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 5, num_classes=120)

    code = cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path), "--json"])

    rows = {row["model"]: row for row in json.loads(capsys.readouterr().out)}
    assert code == 1
    assert (rows["byob"]["rank"], rows["byob"]["null_dim"]) == (5, 251)
    assert rows["byob"]["modes"] == "exact, softmax, approx, classes"
    assert rows["res"]["modes"] == "approx, classes"
    assert (rows["byob"]["analyzable"], rows["res"]["analyzable"]) == (True, False)
    assert "no null space" in rows["res"]["note"]
    assert not fresh.root.features.exists()


def test_doctor_plots_the_spectrum_with_the_cut(fresh, capsys):
    code = cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path), "--spectrum"])

    out = capsys.readouterr().out
    assert code == 0
    plot = out[out.index("res: singular values") : out.index("byob: singular values")].splitlines()
    weight = load_file(fresh.folder / "res.safetensors")["fc.weight"]
    sigma = np.linalg.svd(weight, compute_uv=False)
    values = [float(line.split()[1]) for line in plot[1:] if line.strip() and "cut" not in line]
    assert values[0] == pytest.approx(sigma[0], rel=1e-2)
    assert values[-1] == pytest.approx(sigma[-1], rel=1e-2)
    assert values == sorted(values, reverse=True)
    assert plot[-2].split()[0] == "cut"  # every one of the forty counts
    assert plot[-2].endswith("56 unseen")


def test_the_schema_page_is_the_databases_own(capsys):
    assert cli.command(["schema"]) == 0

    page = Path(__file__).parents[2] / "docs" / "schema.md"
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


def test_a_wrong_study_and_a_wrong_command_line_exit_with_2(call, made_once, tmp_path):
    (tmp_path / "bad.toml").write_text(world.STUDY.replace("root =", "rot ="))

    for arguments in (
        ["run", tmp_path / "bad.toml"],
        ["run"],
        ["rnu"],
        ["sql"],
        ["run", "a", "-x"],
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, ""), arguments
        assert "Traceback" not in err


def test_a_failed_run_exits_with_1_and_one_sentence(fresh, capsys):
    for path in (fresh.folder / "pictures" / "cat").iterdir():
        path.write_bytes(b"")

    code = cli.command(["run", str(fresh.study), "--plain", "--data", str(fresh.root.path)])

    captured = capsys.readouterr()
    assert (code, captured.out) == (1, "")
    assert captured.err.count("\n") == 1
    assert "14 of 70 picture files cannot be used" in captured.err
    assert "mend or remove them" in captured.err


def test_a_failed_run_is_in_the_ledger(fresh, capsys):
    path = fresh.folder / "pictures" / "cat"
    for i in range(6):
        (path / f"{i:03}.png").write_bytes((path / f"{i:03}.png").read_bytes()[:-400])
    data = ["--data", str(fresh.root.path)]

    assert cli.command(["run", str(fresh.study), "--plain", *data]) == 1
    capsys.readouterr()
    cli.command(["runs", "--json", *data])

    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == "failed"
    assert "cannot be used" in row["message"]


def test_run_prints_its_table_on_stdout_and_progress_on_stderr(made):
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    ran = sing("run", made.study, "--plain", "--json", SING_DATA=str(made.root.path))

    answer = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert answer["worked"] is True
    assert [row["model"] for row in answer["models"]] == ["res", "byob"]
    assert "70 pictures in 5 classes" in ran.stderr


def test_help_needs_no_heavy_import():
    code = (
        "import sys, flows.cli as c; c.command(['--help']); print(sorted(set(sys.modules) & {%s}))"
    )
    heavy = "'torch', 'timm', 'prefect', 'polars', 'duckdb', 'open_clip'"

    ran = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True)

    assert ran.stdout.splitlines()[-1] == "[]"


def test_every_command_in_a_message_exists():
    known = set(cli.app)
    for source in Path(cli.__file__).parents[1].glob("*/*.py"):
        if source.parent.name in ("flows", "warehouse", "sing_core"):
            for name in re.findall(r"`sing (\w+)", source.read_text()):
                assert name in known, f"{source.name} names `sing {name}`"
