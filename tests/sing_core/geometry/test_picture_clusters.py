"""Clusters of pictures against planted heaps, against scikit-learn, and of odd input."""

import numpy as np
from sklearn.cluster import KMeans

from sing_core.geometry.angles import unit
from sing_core.geometry.picture_clusters import MOST, PictureClusters


def heaps(sizes, spread, d=16):
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(len(sizes), d))
    which = np.repeat(np.arange(len(sizes)), sizes)
    vectors = centers[which] + spread * rng.normal(size=(len(which), d))
    return which, vectors * rng.uniform(0.5, 2, size=(len(which), 1))


def test_planted_heaps_are_found_and_numbered_by_size():
    sizes = [40, 90, 60, 30, 70, 20, 50, 80]
    which, vectors = heaps(sizes, 0.05)

    found = PictureClusters(vectors, seed=0).of(vectors)

    by_size = sorted(range(len(sizes)), key=lambda n: -sizes[n])
    assert [set(found[which == n]) for n in by_size] == [{k + 1} for k in range(len(sizes))]


def test_they_are_as_tight_as_scikit_learns():
    _, vectors = heaps([50] * 12, 0.6)
    directions = unit(vectors)

    clusters = PictureClusters(vectors, seed=0)
    theirs = KMeans(MOST, n_init=20, random_state=0).fit(directions)

    apart = ((directions[:, None] - clusters.centers) ** 2).sum(axis=2)
    assert apart.min(axis=1).sum() < 1.03 * theirs.inertia_
    assert (clusters.of(vectors) == apart.argmin(axis=1) + 1).all()


def test_a_zero_vector_has_none_and_few_pictures_have_one():
    rng = np.random.default_rng(0)
    few = rng.normal(size=(15, 4))
    few[3] = 0

    assert PictureClusters(few, seed=0).of(few).tolist() == [1, 1, 1, 0] + [1] * 11
    zeros = np.zeros((30, 4))
    assert PictureClusters(zeros, seed=0).of(zeros).tolist() == [0] * 30


def test_pictures_that_are_all_alike_make_one_cluster():
    alike = np.ones((200, 4))

    clusters = PictureClusters(alike, seed=0)

    assert len(clusters.centers) == 1
    assert set(clusters.of(alike)) == {1}
