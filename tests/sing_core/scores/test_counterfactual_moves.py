import numpy as np
import pytest

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.counterfactual_moves import counterfactual_moves

#: Two logits, x and -x; y and z are null.
WEIGHT, BIAS = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]), np.zeros(2)


def moves(before, after, translator):
    return counterfactual_moves(
        np.array(before), np.array(after), WEIGHT, BIAS, decompose_head(WEIGHT), translator
    )


def test_by_hand():
    # The first picture moves by 3 where the head sees, the second by 4 where it does not.
    twice_y = LinearTranslator(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), np.array([5.0, 5.0]))

    found = moves([[-1.0, 0, 0], [1.0, 0, 0]], [[2.0, 0, 0], [1.0, 4.0, 0]], twice_y)

    assert found["null_share"] == pytest.approx(16 / 25)
    assert found["null_share_translated"] == pytest.approx(64 / 73)
    assert found["logit_move_l2"] == pytest.approx(3 * np.sqrt(2) / 2)
    assert found["flipped_share"] == 0.5


def test_what_moves_nothing_has_no_share():
    same = LinearTranslator(np.eye(3), np.zeros(3))

    found = moves([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]], same)

    assert np.isnan(found["null_share"])
    assert np.isnan(found["null_share_translated"])
    assert (found["logit_move_l2"], found["flipped_share"]) == (0, 0)
