import numpy as np
import pytest
from scipy import stats

from sing_core.statistics.changes import (
    HEADLINES,
    Figure,
    ImageScores,
    between,
    headline_errors,
    paired_changes,
)


def scores(rng, n, scale=1.0):
    return ImageScores(
        scale * rng.normal(0, 2, n),
        rng.gamma(9, 1, n),
        rng.beta(2, 5, n),
        (rng.random(n) < 0.8).astype(float),
    )


def later(rng, before, *, is_deg=1.0):
    """The same images a run later: a little noise, and another IS."""
    n = len(before.as_deg)
    noise = rng.normal(0, 0.1, (3, n))
    return ImageScores(
        before.as_deg + noise[0],
        is_deg * (before.is_deg + noise[1]),
        before.null_energy + 0.01 * noise[2],
        np.where(rng.random(n) < 0.05, 1 - before.is_right, before.is_right),
    )


def test_a_figures_error_is_its_intervals():
    assert Figure(3.0, 2.02, 3.98).error == pytest.approx(0.5, rel=1e-3)
    change = between(Figure(2.0, 1.804, 2.196), Figure(3.0, 2.804, 3.196), relative=False)
    assert (change.value, change.error) == pytest.approx((1.0, 0.1 * np.sqrt(2)), rel=1e-3)
    low, high = change.bounds(0.05)
    assert (low, high) == pytest.approx((1 - 1.645 * change.error, 1 + 1.645 * change.error), 1e-3)
    relative = between(Figure(2.0, 1.804, 2.196), Figure(3.0, 2.804, 3.196), relative=True)
    assert relative.value == pytest.approx(0.5)
    assert relative.error == pytest.approx(np.hypot(0.1, 1.5 * 0.1) / 2, rel=1e-3)
    assert np.isnan(between(Figure(0.0), Figure(1.0), relative=True).value)


def test_paired_changes_by_hand(rng):
    before = scores(rng, 300)
    after = later(rng, before, is_deg=1.1)

    found = paired_changes(before, after, np.zeros(300, int), relative=False)

    assert set(found) == set(HEADLINES)
    assert found["is_median_deg"].value == np.median(after.is_deg) - np.median(before.is_deg)
    ratio = [np.median(s.is_deg) / np.median(np.abs(s.as_deg)) for s in (before, after)]
    assert found["is_as_ratio"].value == pytest.approx(ratio[1] - ratio[0])
    paired = stats.ttest_rel(after.null_energy, before.null_energy)
    assert found["null_energy_mean"].value / found["null_energy_mean"].error == pytest.approx(
        paired.statistic
    )
    # What both have in common is no noise.
    errors = headline_errors(before, np.zeros(300, int))
    assert found["is_median_deg"].error < 0.4 * errors["is_median_deg"]


def test_the_same_run_changed_by_nothing(rng):
    same = scores(rng, 50)

    for relative in (False, True):
        found = paired_changes(same, same, np.arange(50) % 3, relative=relative)
        assert {(change.value, change.error) for change in found.values()} == {(0.0, 0.0)}


@pytest.mark.parametrize("metric", HEADLINES)
def test_where_nothing_changed_the_alarm_is_false_in_five_of_a_hundred_at_most(rng, metric):
    alarms = 0
    for _ in range(300):
        before, after = scores(rng, 200), None
        after = later(rng, before)
        change = paired_changes(before, after, np.zeros(200, int), relative=True, draws=100)[metric]
        alarms += change.bounds(0.05)[0] > 0

    # 5 % and what chance does to 300 trials, in one of a thousand.
    assert alarms <= stats.binom.ppf(0.999, 300, 0.05)


def test_a_known_difference_is_seen(rng):
    seen = 0
    for _ in range(40):
        before = scores(rng, 200)
        change = paired_changes(
            before, later(rng, before, is_deg=0.8), np.zeros(200, int), relative=True, draws=100
        )["is_as_ratio"]
        seen += change.bounds(0.05)[1] < -0.05
    assert seen >= 36


def test_errors_of_a_run_are_those_of_many_runs(rng):
    many = [scores(rng, 200) for _ in range(300)]
    medians = [np.median(s.is_deg) for s in many]
    energies = [s.null_energy.mean() for s in many]

    errors = [headline_errors(some, np.zeros(200, int), draws=100) for some in many[:30]]

    mean = {name: np.mean([error[name] for error in errors]) for name in HEADLINES}
    assert mean["is_median_deg"] == pytest.approx(np.std(medians), rel=0.2)
    assert mean["null_energy_mean"] == pytest.approx(np.std(energies), rel=0.2)


def test_of_nothing_nothing_is_known():
    none = ImageScores(*[np.full(3, np.nan)] * 4)

    found = paired_changes(none, none, np.zeros(3, int), relative=False)

    assert all(np.isnan(change.value) for change in found.values())
    assert all(np.isnan(error) for error in headline_errors(none, np.zeros(3, int)).values())
