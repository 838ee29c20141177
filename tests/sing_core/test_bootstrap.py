import numpy as np
import pytest

from sing_core import bootstrap
from sing_core.bootstrap import class_median_intervals, excess_interval, ratio_interval


def looped(values, classes, statistic, draws, seed):
    """The same bootstrap, one draw and one class at a time, with numbers of its own."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        rows = np.concatenate(
            [rng.choice(np.flatnonzero(classes == c), (classes == c).sum())
             for c in np.unique(classes)]
        )  # fmt: skip
        found.append(statistic(values[rows]))
    return np.quantile(found, [0.025, 0.975], axis=0)


@pytest.fixture
def sample(rng):
    classes = rng.permutation(np.repeat([0, 1, 5], [40, 25, 60]))
    values = np.column_stack([rng.gamma(9, 1, 125), np.abs(rng.normal(size=125))])
    return values, classes


def test_the_ratio_interval_agrees_with_a_loop(sample):
    values, classes = sample

    low, high = ratio_interval(values[:, 0], values[:, 1], classes, draws=4000, seed=1)

    expected = looped(
        values, classes, lambda v: np.median(v[:, 0]) / np.median(v[:, 1]), 4000, seed=2
    )
    np.testing.assert_allclose([low, high], expected, rtol=0.04)


def test_class_intervals_agree_with_a_loop_over_classes(sample):
    values, classes = sample

    intervals = class_median_intervals(values[:, 1], classes, draws=4000, seed=1)

    assert intervals.classes.tolist() == [0, 1, 5]
    for c, low, high in zip(intervals.classes, intervals.low, intervals.high, strict=True):
        mine = classes == c
        expected = looped(values[mine, 1], classes[mine], np.median, 4000, seed=2)
        np.testing.assert_allclose([low, high], expected, atol=0.06)


def test_classes_that_are_far_apart_keep_their_rank(rng):
    classes = np.repeat([3, 8, 9], 40)
    values = np.concatenate([rng.normal(mean, 1, 40) for mean in (5, 50, 5)])

    intervals = class_median_intervals(values, classes, draws=500, seed=0)

    assert (intervals.rank_low[1], intervals.rank_high[1]) == (1, 1)
    assert intervals.rank_low.tolist() == [2, 1, 2]
    assert intervals.rank_high.tolist() == [3, 1, 3]


def test_an_excess_is_a_ratio_of_ratios_of_the_same_images(sample):
    values, classes = sample
    a, b = values.T
    a2, b2 = a[::-1] + 1, b[::-1] + 2

    low, high = excess_interval((a, a2), (b, b2), classes, draws=4000, seed=1)

    def excess(v):
        medians = np.median(v, axis=0)
        return (medians[0] / medians[1]) / (medians[2] / medians[3])

    expected = looped(np.stack([a, b, a2, b2], axis=1), classes, excess, 4000, seed=2)
    np.testing.assert_allclose([low, high], expected, rtol=0.04)
    same = excess_interval((a, a), (b, b), classes, draws=200, seed=1)
    np.testing.assert_allclose(same, 1)


def test_the_same_seed_gives_the_same_interval_whatever_the_blocks(sample, monkeypatch):
    values, classes = sample
    once = ratio_interval(values[:, 0], values[:, 1], classes, draws=500, seed=3)

    monkeypatch.setattr(bootstrap, "BLOCK_ELEMENTS", 125 * 7)

    again = ratio_interval(values[:, 0], values[:, 1], classes, draws=500, seed=3)
    assert again == once


def test_one_image_has_no_interval():
    one = np.array([1.0])

    assert np.isnan(ratio_interval(one, one, np.array([0]), draws=100, seed=0)).all()
    intervals = class_median_intervals(one, np.array([4]), draws=100, seed=0)
    assert np.isnan([intervals.low, intervals.high]).all()
