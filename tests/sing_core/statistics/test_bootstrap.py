import numpy as np
import pytest

from sing_core.statistics import bootstrap
from sing_core.statistics.bootstrap import (
    class_median_intervals,
    interval,
    resampled_medians,
)


def ratio_interval(top, bottom, classes, *, draws, seed):
    """95 % interval of the ratio of two medians, as everywhere it is one of the same draws."""
    top, bottom = resampled_medians((top, bottom), classes, draws=draws, seed=seed).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return interval(top / bottom)


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


def test_columns_are_resampled_together_and_may_have_several_values_an_image(sample):
    values, classes = sample
    several = np.stack([values[:, 1], values[:, 1] + 3, values[:, 0]], axis=1)

    drawn = resampled_medians((values[:, 0], several), classes, draws=4000, seed=1)
    low, high = interval(drawn[:, 0] / drawn[:, 1])

    def ratio(v):
        return np.median(v[:, 0]) / np.median(v[:, 1:])

    both = np.concatenate([values[:, :1], several], axis=1)
    expected = looped(both, classes, ratio, 4000, seed=2)
    np.testing.assert_allclose([low, high], expected, rtol=0.04)


def test_a_draw_is_the_median_of_the_images_it_takes(rng):
    values, classes = rng.normal(size=51), rng.integers(0, 3, 51)

    drawn = resampled_medians((values,), classes, draws=50, seed=5)[:, 0]

    by_class = np.argsort(classes, kind="stable")
    counts = np.concatenate(list(bootstrap._draws(classes[by_class], 50, 5)))
    direct = [np.median(np.repeat(values[by_class], c)) for c in counts]
    np.testing.assert_allclose(drawn, direct)
    for c in range(3):
        mine = classes[by_class] == c
        assert (counts[:, mine].sum(axis=1) == mine.sum()).all()


def test_the_same_seed_gives_the_same_interval_whatever_the_blocks(sample, monkeypatch):
    values, classes = sample
    once = ratio_interval(values[:, 0], values[:, 1], classes, draws=500, seed=3)

    monkeypatch.setattr(bootstrap, "BLOCK_ELEMENTS", 125 * 7)

    again = ratio_interval(values[:, 0], values[:, 1], classes, draws=500, seed=3)
    assert again == once


def test_one_image_has_no_interval():
    one = np.array([1.0])

    intervals = class_median_intervals(one, np.array([4]), draws=100, seed=0)
    assert np.isnan([intervals.low, intervals.high, intervals.rank_low]).all()


def test_classes_of_few_images_are_drawn_from_together(rng):
    values, alone = rng.normal(size=300), np.arange(300)

    low, high = interval(resampled_medians((values,), alone, draws=2000, seed=0)[:, 0])

    expected = looped(values[:, None], np.zeros(300), lambda v: np.median(v), 2000, seed=1)
    np.testing.assert_allclose([low, high], expected, atol=0.05)
