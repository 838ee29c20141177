import numpy as np

from sing_core.geometry.equivalent_pairs import null_coordinates, null_energy, remove_null
from sing_core.geometry.null_space import decompose_head


def test_by_hand():
    # The head reads x and twice y. It never looks at z.
    head = decompose_head(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))
    features = np.array([[3.0, 0.0, 4.0], [0.0, 0.0, 2.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])

    null = null_coordinates(features, head)

    np.testing.assert_allclose(np.abs(null), [[4.0], [2.0], [0.0], [0.0]])
    np.testing.assert_allclose(null_energy(features, null), [16 / 25, 1.0, 0.0, np.nan])
    np.testing.assert_allclose(remove_null(features, head), features * [1, 1, 0], atol=1e-15)


def test_the_equivalent_has_the_same_logits(rng):
    weight, features = rng.normal(size=(7, 20)), rng.normal(size=(30, 20))

    equivalent = remove_null(features, decompose_head(weight))

    np.testing.assert_allclose(equivalent @ weight.T, features @ weight.T, atol=1e-12)
