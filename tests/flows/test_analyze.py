"""The Prefect flow, for real: in a process of its own, with a server of its own."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing

from tests.support.command import SING
from tests.support.servers import answers, awaited
from warehouse.layout import DataRoot


def test_a_run_needs_no_server_and_is_quiet(ran_twice):
    _, (ran, again) = ran_twice

    assert ran.returncode == 0, ran.stderr
    assert "byob" in ran.stdout
    lines = ran.stderr.splitlines()
    assert [
        line for line in lines if not re.search(r"pictures in 5|published|extracting|look", line)
    ] == []
    assert "nothing to do" in again.stderr
    assert again.stdout.splitlines()[1:] == ran.stdout.splitlines()[1:]


def test_a_failed_flow_is_one_sentence(failures):
    code, complaint = failures["run"]

    assert code == 1
    assert "14 of 70 picture files cannot be used" in complaint


def test_a_step_is_tried_again_only_where_that_can_help(failures):
    assert failures["tried"] == ["2", "ValueError after 1", "FileNotFoundError after 1"]


def test_a_model_that_is_not_analyzed_fails_the_flow_in_words():
    from flows.analyze import NotAllScoredError
    from flows.pipeline import Outcome

    error = NotAllScoredError(Outcome("r", worked=True, not_scored={"res": "no null space"}))

    assert str(error) == "res is not analyzed: no null space"


def test_a_killed_run_leaves_no_server_behind(fresh, ran_twice):
    # With a database, so that the server is up sooner.
    shutil.copytree(ran_twice[0].root.path / "prefect", fresh.root.path / "prefect")
    keeper = fresh.root.path / "prefect" / "server.json"
    run = subprocess.Popen([SING, "run", fresh.study, "--data", fresh.root.path])
    url = awaited(lambda: keeper.exists() and json.loads(keeper.read_text() or "{}").get("url"))
    awaited(lambda: answers(url))

    run.kill()

    assert run.wait() == -signal.SIGKILL
    awaited(lambda: not keeper.read_text())
    assert not answers(url)


def test_two_runs_at_once_in_two_data_roots_have_a_server_each(made, ran_twice, tmp_path):
    roots = [made.root, DataRoot(tmp_path / "other" / "data")]
    shutil.copytree(made.root.path, roots[1].path, symlinks=True)
    for root in roots:
        shutil.copytree(ran_twice[0].root.path / "prefect", root.path / "prefect")
    begun = [
        subprocess.Popen([SING, "run", made.study, "--data", root.path], stderr=subprocess.PIPE)
        for root in roots
    ]

    said = [run.communicate(timeout=120)[1].decode() for run in begun]

    assert [run.returncode for run in begun] == [0, 0], said
    before = flow_runs(ran_twice[0].root)
    assert [flow_runs(root) for root in roots] == [before + 1, before + 1]


def flow_runs(root):
    with closing(sqlite3.connect(root.path / "prefect" / "prefect.db")) as database:
        return database.execute("select count(*) from flow_run").fetchone()[0]
