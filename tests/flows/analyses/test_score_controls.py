"""Controls and removals against the oracle, one image at a time."""

import numpy as np
import pytest
from scipy import stats

from tests.oracle.scores import random_signs


def approx(value):
    return pytest.approx(value, abs=1e-6)


def test_control_scores_against_a_direct_loop(made_once, steps):
    for model, mine in steps.items():
        expected = {("null", 0): mine.removals()["null"], **mine.controls(seed=0, draws=5)}
        rows = made_once.rows(f"from latest.control_scores where model = '{model}'")
        assert {(row["kind"], row["draw"]) for row in rows} == set(expected)
        for row in rows:
            # Random steps are float32, good to a few millionths of the step; null removal is not.
            close = 1e-6 if row["kind"] == "null" else 1e-5
            for name, value in mine.medians(expected[row["kind"], row["draw"]]).items():
                assert row[name] == pytest.approx(value, abs=1e-6, rel=close), (row["kind"], name)


def test_removal_scores(made_once, steps):
    for model, mine in steps.items():
        expected = mine.removals()
        for row in made_once.rows(f"from latest.removal_scores where model = '{model}'"):
            found = expected[row["removal"]]
            for name, value in mine.medians(found).items():
                assert row[name] == pytest.approx(value, abs=1e-6, rel=1e-6), name
            flipped = np.mean([s["flipped"] for s in found])
            assert row["flipped_share"] == pytest.approx(flipped)
            assert row["ratio_ci_low"] <= row["is_as_ratio"] <= row["ratio_ci_high"]


def test_excess_over_controls(made_once, steps):
    mine = steps["byob"]
    null = mine.medians(mine.removals()["null"])["is_as_ratio"]
    controls = mine.controls(seed=0, draws=5)
    for row in made_once.rows("from latest.control_excess where model = 'byob'"):
        ratios = [mine.medians(controls[row["kind"], draw])["is_as_ratio"] for draw in range(5)]
        excess = null / np.exp(np.mean(np.log(ratios)))
        # Over five ratios of float32 steps, each good to some 1e-6, as above.
        assert row["ratio_excess"] == pytest.approx(excess, rel=5e-6)
        assert row["excess_ci_low"] < excess < row["excess_ci_high"]


def test_concept_scores_have_intervals_and_controls(made_once, oracle, steps):
    for model, mine in steps.items():
        shifts, elsewhere = {}, {}
        for i in mine.ids:
            f = mine.features[i]
            d = random_signs(i, len(f))
            length = np.linalg.norm(mine.null @ f)
            moved = {"null": f - mine.null @ f, "random": f - length * d / np.linalg.norm(d)}
            for k, text in enumerate(oracle.concept_texts):
                shifts[i, k] = mine.step(i, moved["null"], text)["as_deg"]
                elsewhere[i, k] = mine.step(i, moved["random"], text)["as_deg"]
        rows = made_once.rows(f"from latest.concept_scores where model = '{model}'")
        p_values = []
        for row in rows:
            ids = [i for i in mine.ids if mine.class_of[i] == row["class_index"]]
            own = np.array([shifts[i, row["concept_id"]] for i in ids])
            control = np.array([elsewhere[i, row["concept_id"]] for i in ids])
            low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
            assert row["as_ci_low_deg"] == approx(low)
            assert row["as_ci_high_deg"] == approx(high)
            assert row["control_as_mean_deg"] == approx(control.mean())
            p_values.append(stats.ttest_rel(own, control).pvalue)
            assert row["p_value"] == pytest.approx(p_values[-1], rel=1e-4, abs=1e-9)
        adjusted = stats.false_discovery_control(p_values)
        found = [row["p_adjusted"] for row in rows]
        np.testing.assert_allclose(found, adjusted, rtol=1e-4, atol=1e-9)


def test_excess_is_the_ratio_over_the_controls(made_once):
    for row in made_once.rows("from latest.model_scores"):
        excess = row["is_as_ratio"] / row["control_ratio"]
        assert row["ratio_excess"] == pytest.approx(excess)
        assert row["excess_ci_low"] < excess < row["excess_ci_high"]
        assert "few pictures: 70" in row["warnings"]
