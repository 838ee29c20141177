import numpy as np
import pytest
from sklearn.metrics import r2_score

from sing_core.statistics.explained import explained_shares


def test_by_hand():
    truth = np.array([[0.0, 1, 5], [2, 3, 7]])
    guess = np.array([[0.0, 2, 9], [2, 2, 0]])

    # Two targets: nothing is left of the first, all of the second. The third is worse than none.
    assert explained_shares(guess, truth, [2, 1]) == pytest.approx([1 - 2 / 4, 0])


def test_one_target_at_a_time_is_scikit_learns(rng):
    truth = rng.normal(size=(40, 3))
    guess = truth + 0.3 * rng.normal(size=(40, 3))

    expected = r2_score(truth, guess, multioutput="raw_values")
    assert explained_shares(guess, truth, [1, 1, 1]) == pytest.approx(expected)
