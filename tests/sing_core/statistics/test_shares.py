"""Intervals of shares, against SciPy and by drawing many samples of known shares."""

import numpy as np
import pytest
from scipy import stats

from sing_core.statistics.shares import share, share_apart


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (3, 17), (980, 1960)])
def test_a_share_has_wilsons_interval(k, n):
    theirs = stats.binomtest(k, n).proportion_ci(method="wilson")

    found = share(k, n)

    assert found.value == k / n
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(("more", "less"), [(0.02, 0.02), (0.2, 0.05), (0.5, 0.3)])
def test_a_difference_of_matched_pictures_is_in_its_interval_as_often_as_it_says(more, less):
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(150, [more, less, 1 - more - less], size=4000)

    inside = [
        found.low <= more - less <= found.high
        for found in (share_apart(int(b), int(c), 150) for b, c, _ in drawn)
    ]

    assert 0.94 <= np.mean(inside) <= 0.985


def test_no_difference_has_an_interval_around_zero():
    found = share_apart(0, 0, 40)

    assert found.value == 0
    assert found.low == pytest.approx(-found.high)
    assert 0 < found.high < 0.1
