import numpy as np
import pytest
from scipy import stats

from sing_core.statistics.order_agreement import order_agreement


def test_by_hand():
    # One pair of neighbors in the other order: 5 of 6 pairs agree, 1 does not.
    found = order_agreement(np.array([[1.0, 10], [2, 20], [3, 40], [4, 30], [np.nan, 50]]))

    assert found["kendall"] == pytest.approx((5 - 1) / 6)
    assert found["spearman"] == pytest.approx(1 - 6 * 2 / (4 * 15))


@pytest.mark.parametrize("pairs", [[[1.0, 2], [2, 3]], [[1.0, 5], [2, 5], [3, 5]]])
def test_no_order_is_none(pairs):
    assert set(order_agreement(np.array(pairs)).values()) == {None}


@pytest.mark.parametrize("n", [3, 4, 7, 13, 30])
@pytest.mark.parametrize("ties", [False, True])
def test_it_is_scipys(rng, n, ties):
    for _ in range(20):
        pairs = rng.normal(size=(n, 2))
        pairs[:, 1] += pairs[:, 0] * rng.normal()
        pairs = pairs.round(1) if ties else pairs
        if (np.ptp(pairs, axis=0) == 0).any():
            continue

        found = order_agreement(pairs)

        spearman, kendall = stats.spearmanr(*pairs.T), stats.kendalltau(*pairs.T)
        expected = [spearman.statistic, spearman.pvalue, kendall.statistic, kendall.pvalue]
        assert list(found.values()) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_same_order_and_its_reverse(sign):
    found = order_agreement(np.array([[1.0, 1], [2, 2], [3, 3], [4, 4]]) * [1, sign])

    assert (found["spearman"], found["kendall"]) == (sign, sign)
    assert found["spearman_p"] == 0
    assert found["kendall_p"] == pytest.approx(2 / 24)  # 4! orders, and the two ends
