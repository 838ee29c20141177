import numpy as np
import pytest

from sing_core.scores.control_intervals import ControlIntervals, medians_of
from sing_core.scores.controls import DRAWS, Moved


def moved(as_deg, is_deg, logit_l2=0.0):
    as_deg = np.array(as_deg, dtype=float)
    n = len(as_deg)
    return Moved(
        as_deg, np.array(is_deg, dtype=float), np.full(n, float(logit_l2)), np.zeros(n, dtype=bool)
    )


def test_medians_by_hand():
    row = medians_of(moved([1.0, -2.0, 4.0, np.nan], [10.0, 12.0, 8.0, np.nan], logit_l2=3.0))

    assert row["n"] == 3
    assert (row["abs_as_median_deg"], row["is_median_deg"]) == (2.0, 10.0)
    assert row["is_as_ratio"] == 5.0
    assert row["logit_l2_median"] == 3.0


def test_nothing_defined_is_none_not_zero():
    row = medians_of(moved([np.nan], [np.nan]))

    assert row["n"] == 0
    assert row["abs_as_median_deg"] is None
    assert np.isnan(row["is_as_ratio"])


def test_an_excess_is_the_ratio_over_the_geometric_mean_of_the_draws():
    # All images alike, so that every resample has the same medians.
    null = moved([2.0] * 12, [12.0] * 12)  # ratio 6
    draws = {("some", draw): moved([1.0] * 12, [ratio] * 12) for draw, ratio in enumerate(RATIOS)}

    found = ControlIntervals(draws, {"null": null}, np.zeros(12, dtype=int), draws=20, seed=0)

    excess = found.of_excess("some")
    control = np.exp(np.log(RATIOS).mean())
    assert (excess["n"], excess["n_draws"]) == (12, DRAWS)
    assert excess["control_ratio"] == pytest.approx(control)
    assert excess["ratio_excess"] == pytest.approx(6 / control)
    assert excess["excess_ci_low"] <= 6 / control <= excess["excess_ci_high"]
    assert found.of_removal("null") == {"ratio_ci_low": 6.0, "ratio_ci_high": 6.0}


RATIOS = [1.0, 2.0, 3.0, 4.0, 8.0]


def test_an_image_that_one_step_leaves_undefined_is_left_out_of_all():
    null = moved([2.0, np.nan, 2.0], [12.0, 5.0, 12.0])
    draws = {("some", draw): moved([1.0] * 3, [3.0, 100.0, 3.0]) for draw in range(DRAWS)}

    found = ControlIntervals(draws, {"null": null}, np.zeros(3, dtype=int), draws=20, seed=0)

    assert found.n == 2
    assert found.of_excess("some")["control_ratio"] == pytest.approx(3)
