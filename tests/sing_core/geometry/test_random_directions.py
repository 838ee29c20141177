import numpy as np
import pytest

from sing_core.geometry.random_directions import random_signs
from tests.oracle.scores import random_signs as one_by_one


@pytest.mark.parametrize("width", [5, 64, 200])
def test_directions_are_those_of_whole_numbers(width):
    ids = ["00000000000000ff", "8f3a4bc0ffee1234", "ffffffffffffffff"]
    keys = np.array([int(i, 16) for i in ids], dtype=np.uint64)

    found = random_signs(keys, width, seed=0)

    np.testing.assert_array_equal(found, [one_by_one(i, width) for i in ids])


def test_directions_are_isotropic_and_each_images_own():
    signs = random_signs(np.arange(20_000, dtype=np.uint64), 70, seed=3)

    covariance = signs.T @ signs / len(signs)
    assert np.abs(signs.mean(axis=0)).max() < 0.035
    assert np.abs(covariance - np.eye(70)).max() < 0.04
    assert len(np.unique(signs, axis=0)) == len(signs)
    other = random_signs(np.arange(20_000, dtype=np.uint64), 70, seed=4)
    assert abs((signs * other).mean()) < 0.01
