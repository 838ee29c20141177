"""`sing doctor` without a study: a data root is looked through."""

import json
import os

import pytest

from flows import cli
from tests.support.bits import flip
from tests.support.stored import stored


def doctor(made, capsys, *more):
    code = cli.command(["doctor", "--data", str(made.root.path), *more])
    return code, capsys.readouterr()


def test_a_right_root_is_told_so_and_nothing_is_touched(made, capsys):
    before = stored(made)

    code, said = doctor(made, capsys)

    assert (code, said.out) == (0, "")
    assert "files are as they were written" in said.err
    assert stored(made) == before


@pytest.mark.parametrize(
    ("pattern", "spoil", "problem", "mend"),
    [
        ("features/res/*/*.parquet", flip, "not what the run used", "sing run STUDY --verify"),
        ("embeddings/clip/*/*.parquet", flip, "not what the run used", "sing run STUDY --verify"),
        ("heads/res-*", flip, "not what the run used", "sing run STUDY --verify"),
        ("texts/*", lambda path: path.unlink(), "is missing", "sing run STUDY --verify"),
        ("translators/*/res*", flip, "not what the run used", "sing run STUDY --verify"),
        ("runs/*/tables/image_scores/res*", flip, "not what was written", "--verify"),
        ("runs/*/means/res*", lambda path: path.unlink(), "is missing", "--verify"),
        ("runs/*/run.json", flip, "is no record of a run", "--verify"),
        ("scans/*.parquet", flip, "is not what was written", "sing run STUDY"),
        ("published/gen-1.duckdb", flip, "is not what was published", "sing rebuild"),
        ("published/CURRENT", flip, "which is no generation", "sing rebuild"),
    ],
)
def test_what_is_damaged_is_told_with_what_mends_it(made, capsys, pattern, spoil, problem, mend):
    path = next(made.root.path.glob(pattern))
    spoil(path)

    code, said = doctor(made, capsys, "--json")

    (row,) = json.loads(said.out)["damage"]
    assert code == 1
    assert row["path"] == str(path.relative_to(made.root.path))
    assert problem in row["problem"]
    assert mend in row["mend"]


def test_the_command_that_it_names_mends_what_nobody_touched(made, capsys):

    path = next(made.root.features.glob("res/*/*.parquet"))
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cli.command(["run", str(made.study), "--data", str(made.root.path), "--plain"]) == 0
    assert doctor(made, capsys)[0] == 1

    command = ["run", str(made.study), "--data", str(made.root.path), "--plain", "--verify"]

    assert cli.command(command) == 0
    assert f"{path} is not what the run used; it is made anew" in capsys.readouterr().err
    assert doctor(made, capsys)[0] == 0


def test_a_root_that_is_not_there(tmp_path, capsys):
    assert cli.command(["doctor", "--data", str(tmp_path / "none")]) == 2
    assert "is not there; name another folder" in capsys.readouterr().err
