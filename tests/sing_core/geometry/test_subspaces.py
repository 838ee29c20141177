import numpy as np
import pytest

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.subspaces import RandomSubspace, Subspace


@pytest.mark.parametrize("classes", [4, 12])  # a wide and a narrow null space of 16
def test_the_null_part_is_that_of_the_projector(rng, classes):
    head = decompose_head(rng.normal(size=(classes, 16)))
    vectors = rng.normal(size=(30, 16))

    part = Subspace.null_of(head).part(vectors)

    np.testing.assert_allclose(part, vectors @ head.null @ head.null.T, atol=1e-12)


@pytest.mark.parametrize("dim", [0, 5, 16])
def test_a_random_part_is_that_of_a_projector_of_the_dimension(rng, dim):
    projector = RandomSubspace.draw(16, dim, rng).part(np.eye(16))

    np.testing.assert_allclose(projector, projector.T, atol=1e-12)
    np.testing.assert_allclose(projector @ projector, projector, atol=1e-12)
    assert np.trace(projector) == pytest.approx(dim)


def test_every_direction_is_as_likely_to_lie_in_a_random_subspace(rng):
    vectors = np.stack([np.eye(24)[3], np.ones(24), np.cos(np.arange(24)), rng.normal(size=24)])

    shares = [
        np.square(RandomSubspace.draw(24, 9, rng).part(vectors)).sum(axis=1)
        / np.square(vectors).sum(axis=1)
        for _ in range(2000)
    ]

    # The share of a direction is 9 of 24 on average, and spreads as one of a uniformly drawn
    # subspace does (a Beta distribution): its mean over 2000 draws is within 5 standard errors.
    error = np.sqrt(2 * 9 * 15 / (24**2 * 26) / 2000)
    np.testing.assert_allclose(np.mean(shares, axis=0), 9 / 24, atol=5 * error)


def test_a_random_part_keeps_the_precision_of_the_vectors(rng):
    subspace, vectors = RandomSubspace.draw(64, 40, rng), rng.normal(size=(8, 64))

    single = subspace.part(vectors.astype(np.float32))

    assert single.dtype == np.float32
    # Entries of up to 3, through two transforms of 6 stages each that round to 6e-8 of them: seen
    # are 6e-7, and how stages are fused is the processor's.
    np.testing.assert_allclose(single, subspace.part(vectors), atol=2e-6)
