"""The Prefect flow, for real: in a process of its own, with its own temporary server."""

import re


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
