"""`sing steer`: the pictures of a class towards any text."""

import json

import numpy as np
import pytest

from flows import cli
from flows.features.networks import load_space
from flows.study.load import load_study
from tests.oracle.steps import Steps


@pytest.mark.parametrize("target", ["drum", "stripes", "a boat on a lake"])
def test_steering_towards_any_text(made_once, oracle, ask, target):
    code, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", target, "--json")

    assert code == 0
    space = load_study(made_once.study).space
    text = {
        "drum": oracle.class_texts[3],
        "stripes": oracle.concept_texts[3],
        "a boat on a lake": load_space(space).embed_texts(["a boat on a lake"], ("{}",))[0],
    }[target]
    for row in json.loads(out):
        mine = Steps(oracle, row["model"])
        cats = [i for i, c in mine.class_of.items() if c == 2]
        steps = {i: mine.calibrated(i, text, 40.0) for i in cats}
        reached = [
            mine.step(i, mine.features[i] + step * mine.direction(i, text), text)["as_deg"]
            for i, step in steps.items()
            if step is not None
        ]
        assert row["n"] == 14
        assert row["reachable_share"] == pytest.approx(len(reached) / 14)
        if reached:
            assert row["as_mean_deg"] == pytest.approx(np.mean(reached), abs=1e-6)
            assert row["is_mean_deg"] == pytest.approx(40)
            assert row["max_abs_logit_drift"] < 1e-6


def test_steering_by_a_step_length(made_once, oracle, ask):
    _, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", "eel", "--step", 2, "--json")

    row = next(row for row in json.loads(out) if row["model"] == "byob")
    mine, text = Steps(oracle, "byob"), oracle.class_texts[4]
    turned = [
        mine.step(i, mine.features[i] + 2 * mine.direction(i, text), text)["is_deg"]
        for i, c in mine.class_of.items()
        if c == 2
    ]
    assert row["is_mean_deg"] == pytest.approx(np.mean(turned), abs=1e-6)
    assert row["epsilon_mean"] == 2


def test_an_angle_that_nothing_reaches_is_told(made_once, ask):
    code, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", "eel", "--is-deg", 179)

    assert code == 0
    assert "res: 100% of the pictures are turned so far by no step" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "cap", "--to", "eel"], "has no pictures of class 'cap'; known: cat, apple"),
        (["--from", "cat", "--to", "eel", "--is-deg", "0"], "need an angle between 0 and 180"),
        (["--from", "cat", "--to", "eel", "--step", "-1"], "need a finite length above 0"),
        (["--from", "cat", "--to", "eel", "--step", "nan"], "need a finite length above 0"),
        (["--from", "cat", "--to", "eel", "--step", "1", "--is-deg", "9"], "both say how far"),
        (["--from", "cat", "--to", " "], "--to is empty"),
    ],
)
def test_wrong_steering_is_told(made_once, ask, arguments, says):
    code, _, err = ask("steer", made_once.study, *arguments)

    assert code == 2
    assert says in err


def test_a_study_that_never_ran_is_told(made, capsys):
    made.rewrite('name = "small"', 'name = "other"')
    arguments = ["steer", str(made.study), "--from", "cat", "--to", "eel"]

    code = cli.command([*arguments, "--data", str(made.root.path)])

    assert code == 2
    assert "no run or study 'other' is published" in capsys.readouterr().err


def test_new_words_are_refused_where_the_space_was_changed_since(made, capsys):
    made.rewrite('model = "local-dir:clip"', 'model = "local-dir:clip"\ntemplates = ["a {}"]')
    arguments = ["steer", str(made.study), "--from", "cat", "--data", str(made.root.path)]

    assert cli.command([*arguments, "--to", "a boat on a lake"]) == 2
    assert "[space] of the study is not that of" in capsys.readouterr().err
    assert cli.command([*arguments, "--to", "eel"]) == 0


def test_the_steered_features_can_be_had(made_once, oracle, ask, tmp_path):
    out = tmp_path / "steered.npz"
    to_eel = ("steer", made_once.study, "--from", "cat", "--to", "eel", "--step", 2)

    assert ask(*to_eel, "--out", out)[0] == 0

    with np.load(out) as saved:
        assert sorted(saved) == sorted(
            f"{model}/{name}"
            for model in ("byob", "res")
            for name in ("feature", "image_id", "steered")
        )
        mine, text = Steps(oracle, "byob"), oracle.class_texts[4]
        for i, before, after in zip(
            saved["byob/image_id"], saved["byob/feature"], saved["byob/steered"], strict=True
        ):
            np.testing.assert_array_equal(before, mine.features[i])
            expected = mine.features[i] + 2 * mine.direction(i, text)
            np.testing.assert_allclose(after, expected, atol=1e-8)
    code, _, err = ask(*to_eel, "--out", out)
    assert code == 2
    assert "must be a new .npz file" in err
