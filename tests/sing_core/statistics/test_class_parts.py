import numpy as np
import pytest
from scipy import stats

from sing_core.statistics.class_parts import class_parts


def parts(*classes):
    """Of classes' values, one phrase."""
    column = [
        np.array([[of(values)] for values in classes])
        for of in (np.mean, lambda v: np.var(v, ddof=1) if len(v) > 1 else 0.0, len)
    ]
    return class_parts(*column)


def test_two_classes_are_welchs_t_test_of_their_difference(rng):
    a, b = rng.normal(3, 1, 12), rng.normal(2, 4, 30)

    common, own = parts(a, b)

    welch = stats.ttest_ind(a, b, equal_var=False)
    assert own.value[:, 0] == pytest.approx([(a.mean() - b.mean()) / 2] * np.array([1, -1]))
    assert own.p_value()[:, 0] == pytest.approx([welch.pvalue] * 2)
    low, high = welch.confidence_interval()
    assert own.reach()[:, 0] == pytest.approx([(high - low) / 4] * 2)
    assert common.value == pytest.approx([(a.mean() + b.mean()) / 2])
    assert common.p_value() == pytest.approx(stats.ttest_ind(a, -b, equal_var=False).pvalue)


def test_many_classes_are_their_contrasts(rng):
    classes = [rng.normal(i, 1 + i, 4 + 3 * i) for i in range(5)]

    common, own = parts(*classes)

    weights = np.vstack([np.full(5, 0.2), np.eye(5) - 0.2])
    means = np.array([v.mean() for v in classes])
    errors = np.array([v.var(ddof=1) / len(v) for v in classes])
    for found, weight in zip([common, *(own,) * 5], weights, strict=True):
        pieces = weight**2 * errors
        freedom = pieces.sum() ** 2 / (pieces**2 / [len(v) - 1 for v in classes]).sum()
        at = (np.argmax(weight), 0) if weight.max() > 0.2 else (0,)
        assert found.value[at] == pytest.approx(weight @ means)
        assert found.error[at] == pytest.approx(np.sqrt(pieces.sum()))
        assert found.freedom[at] == pytest.approx(freedom)


def test_intervals_hold_the_truth_as_often_as_they_say(rng):
    sizes, truth = (3, 8, 40), np.array([2.0, -1.0, 0.5])
    caught = np.zeros(4)
    for _ in range(2000):
        drawn = [rng.normal(m, 1 + m**2, n) for m, n in zip(truth, sizes, strict=True)]
        common, own = parts(*drawn)
        caught[:3] += np.abs(own.value[:, 0] - (truth - truth.mean())) <= own.reach()[:, 0]
        caught[3] += np.abs(common.value[0] - truth.mean()) <= common.reach()[0]
    assert (caught / 2000 > 0.93).all(), caught
    assert (caught / 2000 < 0.98).all(), caught


def test_a_class_of_one_picture_has_an_own_part_and_no_error():
    common, own = parts([1.0, 3.0], [5.0, 5.0, 8.0], [9.0])

    assert common.value == pytest.approx([4.0])
    assert own.value[:, 0] == pytest.approx([-2, 2, 5])
    assert np.isnan(own.reach()[:, 0]).tolist() == [False, False, True]


@pytest.mark.parametrize("classes", [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 2.0], [3.0]]])
def test_of_fewer_than_two_classes_nothing_is_known(classes):
    common, own = parts(*classes)

    assert np.isnan([*common.value, *common.reach(), *own.value[:, 0], *own.reach()[:, 0]]).all()


def test_what_does_not_vary_is_known_exactly():
    common, own = parts([2.0, 2.0], [4.0, 4.0])

    assert (common.value, common.reach()) == (3, 0)
    assert (own.value[:, 0].tolist(), own.reach()[:, 0].tolist()) == ([-1, 1], [0, 0])
