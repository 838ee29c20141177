import numpy as np
import pytest

from sing_core.null_space import decompose_head
from sing_core.subspaces import PartMap, Subspace


@pytest.mark.parametrize("classes", [4, 12])  # a wide and a narrow null space of 16
def test_the_null_part_is_that_of_the_projector(rng, classes):
    head = decompose_head(rng.normal(size=(classes, 16)))
    matrix, vectors = rng.normal(size=(5, 16)), rng.normal(size=(30, 16))
    expected = vectors @ head.null @ head.null.T @ matrix.T

    part = PartMap(Subspace.null_of(head), matrix, 2 * matrix)

    for found in (part(vectors), part(vectors, part.whole(vectors))):
        np.testing.assert_allclose(found[0], expected, atol=1e-12)
        np.testing.assert_allclose(found[1], 2 * expected, atol=1e-12)


@pytest.mark.parametrize("classes", [4, 12])
def test_a_random_subspace_has_the_null_spaces_dimension(rng, classes):
    head = decompose_head(rng.normal(size=(classes, 16)))

    (projector,) = PartMap(Subspace.random(head, rng), np.eye(16))(np.eye(16))

    np.testing.assert_allclose(projector, projector.T, atol=1e-6)
    np.testing.assert_allclose(projector @ projector, projector, atol=1e-6)
    assert np.trace(projector) == pytest.approx(head.null_dim, rel=1e-6)
