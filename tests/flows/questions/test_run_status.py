"""`sing status`: whether each study's runs went well lately."""

import json
from datetime import datetime, timedelta

import pytest

from flows import cli
from flows.questions.run_status import ago, status
from warehouse import ledger
from warehouse.layout import DataRoot

NOW = datetime(2026, 5, 10, 12)


@pytest.fixture
def root(tmp_path):
    root = DataRoot(tmp_path / "data")

    def run(name, study, state, hours_ago, message=None):
        at = NOW - timedelta(hours=hours_ago)
        ledger.save(root, ledger.Run(name, study, at, at, state, "{}", "1", "{}", message))

    run("a1", "a", "finished", 80)
    run("b1", "b", "finished", 5)
    run("b2", "b", "failed", 3, "no checkpoint")
    run("c1", "c", "failed", 1, "too few pictures")
    return root


def test_studies_are_told_by_their_last_success_and_what_failed_since(root):
    a, b, c = status(root, None, NOW)

    assert (a.study, a.text, a.is_well) == ("a", "last success 3 days ago (a1)", True)
    assert b.text == "last success 5 hours ago (b1); 1 failed since: no checkpoint"
    assert c.text == "no run has finished; 1 failed: too few pictures"
    assert not b.is_well
    assert not c.is_well
    late, *_ = status(root, timedelta(hours=36), NOW)
    assert (late.text, late.is_well) == ("last success 3 days ago (a1), which is too long", False)


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "less than a minute"), (60, "1 minute"), (7200, "2 hours")]
)
def test_a_time_is_said_in_one_unit(seconds, said):
    assert ago(timedelta(seconds=seconds)) == said


def test_the_command_ends_with_1_where_something_is_wrong(root, capsys, tmp_path):
    assert cli.command(["status", "--json", "--data", str(root.path)]) == 1
    assert [row["study"] for row in json.loads(capsys.readouterr().out)] == ["a", "b", "c"]
    assert cli.command(["status", "--within", "soon", "--data", str(root.path)]) == 2
    assert "need a number and h, d or m" in capsys.readouterr().err
    assert cli.command(["status", "--data", str(tmp_path / "none")]) == 1


def test_a_study_that_went_well_ends_with_0(made_once, capsys):
    assert cli.command(["status", "--data", str(made_once.root.path)]) == 0
    assert "small: last success" in capsys.readouterr().out
