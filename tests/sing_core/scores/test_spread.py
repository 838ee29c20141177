import numpy as np
import pytest

from sing_core.geometry.equivalent_pairs import null_coordinates, null_energy
from sing_core.geometry.null_space import decompose_head
from sing_core.scores.spread import FeatureSpread

#: The head sees x alone; y is null.
HEAD = decompose_head(np.array([[1.0, 0.0], [-1.0, 0.0]]))


def spread_of(*batches):
    spread = FeatureSpread(2)
    for batch in batches:
        features = np.array(batch)
        spread.add(features, null_energy(features, null_coordinates(features, HEAD)))
    return spread


def test_by_hand():
    # About the mean (2, 0): x varies by 1, 1 and y by 9, 9 (squares).
    spread = spread_of([[1.0, 3.0]], [[3.0, -3.0]])

    np.testing.assert_allclose(spread.mean, [2.0, 0.0])
    assert spread.null_share(HEAD) == pytest.approx(18 / 20)


def test_a_zero_feature_counts_as_one():
    spread = spread_of([[0.0, 0.0], [2.0, 2.0]])

    np.testing.assert_allclose(spread.mean, [1.0, 1.0])
    assert spread.null_share(HEAD) == pytest.approx(0.5)


def test_features_that_do_not_vary_have_no_share():
    assert np.isnan(spread_of([[1.0, 3.0], [1.0, 3.0]]).null_share(HEAD))


def test_it_is_the_variance_of_the_null_parts(rng):
    head = decompose_head(rng.normal(size=(4, 9)))
    features = rng.normal(size=(50, 9)) + rng.normal(size=9)
    spread = FeatureSpread(9)
    for batch in np.split(features, [7, 30]):
        spread.add(batch, null_energy(batch, null_coordinates(batch, head)))

    expected = (features @ head.null).var(axis=0).sum() / features.var(axis=0).sum()
    assert spread.null_share(head) == pytest.approx(expected)
