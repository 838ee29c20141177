"""What a study may steer towards and how far, and every step against the oracle."""

import numpy as np
import pytest

from flows.analyses.steer_images import NoSuchTargetError
from flows.study.load import StudyError, load_study
from tests.support.world import CLASSES


def test_phrases_and_classes_can_be_targets(made):
    made.study.write_text(
        made.study.read_text()
        + '\n[steering]\ntargets = ["red", "cat", "red"]\ntarget_is_deg = 3\nimages_per_class = 2\n'
    )
    made.run()

    rows = made.rows("from latest.steering")
    assert {row["target"] for row in rows} == {"red", "cat"}
    assert len(rows) == 2 * 5 * 2 * 2
    assert {round(row["is_deg"], 6) for row in rows if row["reachable"]} == {3.0}


def test_an_unknown_target_is_told(made):
    made.study.write_text(made.study.read_text() + '\n[steering]\ntargets = ["rad"]\n')

    with pytest.raises(NoSuchTargetError, match="'rad' is neither a class nor a phrase .* red"):
        made.run()


def test_an_angle_beyond_all_is_told(made):
    made.study.write_text(made.study.read_text() + "\n[steering]\ntarget_is_deg = 180\n")

    with pytest.raises(StudyError, match="target_is_deg: input should be less than 180"):
        load_study(made.study)


def test_steering(made_once, oracle, steps):
    for model, mine in steps.items():
        rows = made_once.rows(f"from latest.steering where model = '{model}'")
        assert len(rows) == 5 * 10 * 5  # ten of each class's fourteen, towards every class
        assert {row["target"] for row in rows} == set(CLASSES)
        for row in rows:
            text = oracle.class_texts[CLASSES.index(row["target"])]
            step = mine.calibrated(row["image_id"], text, 40.0)
            assert row["reachable"] == (step is not None)
            if step is None:
                assert (row["epsilon"], row["as_deg"], row["is_deg"]) == (None, None, None)
                assert row["limit_deg"] <= 40
                continue
            f = mine.features[row["image_id"]]
            moved = f + row["epsilon"] * mine.direction(row["image_id"], text)
            found = mine.step(row["image_id"], moved, text)
            assert row["epsilon"] == pytest.approx(step, rel=1e-6)
            assert row["is_deg"] == pytest.approx(40, abs=1e-6)
            assert found["is_deg"] == pytest.approx(40, abs=1e-6)
            assert row["as_deg"] == pytest.approx(found["as_deg"], abs=1e-6)
            assert row["max_abs_logit_drift"] < 1e-6
            assert found["logit_l2"] < 1e-6


def test_steps_are_measured_and_held_against_steps_as_long_outside(made_once, oracle, steps):
    for model, mine in steps.items():
        rows = made_once.rows(f"from latest.steering where model = '{model}' and reachable")
        ids = {row["image_id"] for row in made_once.rows("from latest.steering")}
        typical = np.median([np.linalg.norm(mine.null @ mine.features[i]) for i in ids])
        assert rows
        for row in rows:
            f, text = (
                mine.features[row["image_id"]], oracle.class_texts[CLASSES.index(row["target"])]
            )  # fmt: skip
            norm = np.linalg.norm(f)
            assert row["epsilon_over_norm"] == pytest.approx(row["epsilon"] / norm, rel=1e-6)
            assert row["epsilon_over_null"] == pytest.approx(row["epsilon"] / typical, rel=1e-6)
            moved = f + row["epsilon"] * mine.direction(row["image_id"], text, outside=True)
            found = mine.step(row["image_id"], moved, text)
            assert row["control_as_deg"] == pytest.approx(found["as_deg"], abs=1e-6)
            assert row["control_is_deg"] == pytest.approx(found["is_deg"], abs=1e-6)
            assert found["logit_l2"] > 1e-3  # the head sees it


def test_class_confusion_and_curves(made_once, oracle, steps):
    steered = made_once.rows("from latest.steering where model = 'byob'")
    source = {i: CLASSES[index] for i, index, _ in oracle.images}
    confusion = made_once.rows("from latest.class_confusion where model = 'byob'")
    curves = made_once.rows("from latest.steering_curves where model = 'byob' and is_deg = 40")

    assert len(confusion) == 20
    assert len(curves) == 25
    for row in (*confusion, *curves):
        target = row.get("target_class") or row["target"]
        mine = [
            s
            for s in steered
            if source[s["image_id"]] == row["source_class"] and s["target"] == target
        ]
        reached = [s["as_deg"] for s in mine if s["reachable"]]
        assert row["n"] == len(mine) == 10
        assert row["reachable_share"] == pytest.approx(len(reached) / 10)
        if reached:
            assert row["as_mean_deg"] == pytest.approx(np.mean(reached))
        if len(reached) > 1:
            assert row["as_sd_deg"] == pytest.approx(np.std(reached, ddof=1))
