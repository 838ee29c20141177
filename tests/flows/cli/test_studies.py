"""Commands that carry studies out: what they print, and where."""

import json

from flows import cli


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


def test_run_prints_its_table_on_stdout_and_progress_on_stderr(made, monkeypatch, capsys):
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    monkeypatch.setenv("SING_DATA", str(made.root.path))

    code = cli.command(["run", str(made.study), "--plain", "--json"])

    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert code == 0
    assert answer["worked"] is True
    assert [row["model"] for row in answer["models"]] == ["res", "byob"]
    assert "70 pictures in 5 classes" in said.err
