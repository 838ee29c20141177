"""The way of single pictures towards a text."""

import numpy as np
import pytest

from flows.questions.steer_class import steer_class
from flows.questions.steer_pictures import SteeringError, steer_pictures
from flows.study.load import load_study
from tests.flows.questions.asked import NEW, embedded
from tests.oracle.scores import angle
from tests.oracle.steps import Steps


@pytest.mark.parametrize("target", ["eel", "stripes", NEW])
def test_the_way_towards_a_text_in_plain_numpy(made_once, oracle, run, target):
    text = {"eel": oracle.class_texts[4], "stripes": oracle.concept_texts[3]}.get(target)
    text = embedded(made_once, target) if text is None else text
    mine = Steps(oracle, "byob")
    cats = sorted(i for i, c in mine.class_of.items() if c == 2)

    found = steer_pictures(run.run_id, "byob", "cat", target, 40, run.root)

    assert [step["is_deg"] for step in found["steps"]] == [0, 10, 20, 30, 40]
    assert found["max_abs_logit_drift"] < 1e-6
    assert [picture["image_id"] for picture in found["pictures"]] == cats[:3]
    for q, summary in enumerate(found["steps"]):
        epsilon, moved = [], []
        for i in cats:
            step = 0 if q == 0 else mine.calibrated(i, text, summary["is_deg"])
            epsilon.append(np.nan if step is None else step)
            moved.append(mine.features[i] + epsilon[-1] * mine.direction(i, text))
        done = np.isfinite(epsilon)
        as_deg = np.array(
            [mine.step(i, x, text)["as_deg"] for i, x in zip(cats, moved, strict=True)]
        )
        assert (summary["n"], summary["n_reached"]) == (14, done.sum())
        assert summary["reachable_share"] == done.mean()
        assert summary["as_mean_deg"] == pytest.approx(as_deg[done].mean(), abs=1e-6)
        assert summary["epsilon_mean"] == pytest.approx(np.mean(np.array(epsilon)[done]), rel=1e-6)
        for n, picture in enumerate(found["pictures"]):
            step = picture["steps"][q]
            if not done[n]:
                assert (step["epsilon"], step["as_deg"], step["nearest"]) == (None, None, [])
                continue
            z = mine.space(moved[n])
            apart = sorted((angle(z, y), i) for i, y in oracle.embeddings.items())[:3]
            assert step["epsilon"] == pytest.approx(epsilon[n], rel=1e-6)
            assert step["as_deg"] == pytest.approx(as_deg[n], abs=1e-6)
            assert [one["image_id"] for one in step["nearest"]] == [i for _, i in apart]
            degrees = [one["angle_deg"] for one in step["nearest"]]
            assert degrees == pytest.approx([a for a, _ in apart], abs=1e-6)
    path = made_once.rows(f"select path from latest.images where image_id = '{cats[0]}'")
    assert found["pictures"][0]["path"] == path[0]["path"]


def test_the_last_step_is_that_of_sing_steer(made_once, run):
    (expected,) = [
        row
        for row in steer_class(load_study(made_once.study), "cat", NEW, 40.0, None, run.root)
        if row["model"] == "byob"
    ]

    found = steer_pictures(run.run_id, "byob", "cat", NEW, 40.0, run.root, pictures=0)

    last = found["steps"][-1]
    for key in ("n", "reachable_share", "as_mean_deg", "epsilon_mean"):
        assert last[key] == expected[key]
    assert found["max_abs_logit_drift"] == expected["max_abs_logit_drift"]
    assert found["limit_min_deg"] == expected["limit_min_deg"]
    assert found["pictures"] == []


def test_what_no_step_reaches_is_told_not_clipped(run):
    found = steer_pictures(run.run_id, "res", "cat", "eel", 179, run.root, steps=3)

    last = found["steps"][-1]
    assert (last["n"], last["n_reached"], last["reachable_share"]) == (14, 0, 0)
    assert last["as_mean_deg"] is last["epsilon_mean"] is found["max_abs_logit_drift"] is None
    for picture in found["pictures"]:
        assert len(picture["steps"][0]["nearest"]) == 3
        assert picture["steps"][-1] == {
            "is_deg": 179, "epsilon": None, "as_deg": None, "nearest": [],
        }  # fmt: skip


@pytest.mark.parametrize("is_deg", [0, 180, float("nan")])
def test_angles_that_cannot_be_gone_are_refused(run, is_deg):
    with pytest.raises(SteeringError, match="need an angle between 0 and 180 degrees"):
        steer_pictures(run.run_id, "res", "cat", "eel", is_deg, run.root)
