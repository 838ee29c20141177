import numpy as np
import pytest
from scipy import stats

from sing_core.statistics.rank_agreement import rank_agreement


def test_the_correlation_is_scipys():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(5, 8))
    score = truth + rng.normal(size=(5, 8))

    found = rank_agreement(score, truth, seed=0)

    expected = stats.spearmanr(score.ravel(), truth.ravel()).statistic
    assert found.n == 40
    assert found.spearman == pytest.approx(expected)
    assert found.ci_low < expected < found.ci_high


def test_ties_share_their_rank():
    score, truth = np.array([[1.0, 1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 2.0, 5.0]])

    found = rank_agreement(score, truth, seed=0)

    assert found.spearman == pytest.approx(stats.spearmanr(score[0], truth[0]).statistic)


def test_a_perfect_order_is_beyond_chance_and_noise_is_not():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(6, 10))

    right = rank_agreement(np.exp(truth), truth, seed=0)
    noise = rank_agreement(rng.normal(size=(6, 10)), truth, seed=0)

    assert right.spearman == pytest.approx(1)
    assert right.ci_low == pytest.approx(1)
    assert right.shuffled_high < 0.5
    assert noise.shuffled_low < noise.spearman < noise.shuffled_high


def test_shuffling_stays_within_a_row():
    # Rows that differ as a whole correlate even when shuffled within: chance says so.
    truth = np.arange(4.0)[:, None] * 100 + np.random.default_rng(2).normal(size=(4, 6))

    found = rank_agreement(truth, truth, seed=0)

    assert found.shuffled_low > 0.7


def test_a_column_with_a_gap_is_left_out():
    score = np.array([[1.0, np.nan, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])

    found = rank_agreement(score, score, seed=0)

    assert found.n == 6
    assert found.spearman == pytest.approx(1)


@pytest.mark.parametrize("table", [np.full((2, 3), np.nan), np.ones((2, 3)), np.ones((1, 2))])
def test_what_cannot_be_ranked_is_nan(table):
    assert np.isnan(rank_agreement(table, table, seed=0).spearman)
