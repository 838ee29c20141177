import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from sing_core.geometry.null_space import decompose_head
from sing_core.scores.occupancy import auroc, signs_of_another_kind


def test_the_area_is_scikit_learns(rng):
    inside, outside = rng.normal(size=60).round(1), rng.normal(0.7, 1, 40).round(1)  # with ties

    found = auroc(inside, outside)

    labels = np.repeat([0, 1], [60, 40])
    assert found.value == pytest.approx(roc_auc_score(labels, np.concatenate([inside, outside])))
    assert 0 <= found.low < found.value < found.high <= 1


def test_the_interval_covers_the_truth_as_often_as_it_says(rng):
    # Two normal distributions one standard deviation apart: P(y > x) = Phi(1 / sqrt 2).
    truth, covered = 0.7602, []
    for _ in range(400):
        found = auroc(rng.normal(size=50), rng.normal(1, 1, 50))
        covered.append(found.low <= truth <= found.high)

    assert 0.91 < np.mean(covered) < 0.985


def test_by_hand():
    found = auroc(np.array([1.0, 2.0]), np.array([3.0, 1.5]))

    assert found.value == 0.75
    assert np.isnan(auroc(np.array([]), np.array([1.0])).value)
    assert np.isnan(auroc(np.array([1.0]), np.array([1.0, 2.0])).low)


def test_signs_by_hand():
    # The head sees x: logits x and -x. The zero feature has no energy, and is left out.
    weight, bias = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros(2)
    features = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]], dtype=np.float32)

    energy, doubt = signs_of_another_kind(features, weight, bias, decompose_head(weight))

    np.testing.assert_allclose(energy, [16 / 25, 1.0])
    np.testing.assert_allclose(doubt, [1 / (1 + np.exp(6)), 0.5])
