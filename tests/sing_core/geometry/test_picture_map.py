import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score

from sing_core.geometry.picture_map import FEWEST, PictureMap


@pytest.fixture(scope="module")
def clusters():
    """Twelve heaps of pictures in a space of thirty dimensions: unit vectors, and their heaps."""
    rng = np.random.default_rng(3)
    centers = rng.normal(size=(12, 30))
    heap = np.repeat(np.arange(12), 40)
    points = centers[heap] + 0.6 * rng.normal(size=(480, 30))
    return points / np.linalg.norm(points, axis=1, keepdims=True), heap


def test_what_is_near_in_the_space_is_near_on_the_map(clusters):
    points, heap = clusters
    landmarks, others = points[::2], points[1::2]

    drawn = PictureMap.of(landmarks, seed=0)
    places = drawn.place(others)

    assert drawn.method == "t-SNE"
    # By scikit-learn's own measure; that of places drawn by chance is about 0.5.
    assert trustworthiness(landmarks, drawn.places, n_neighbors=8) > 0.93
    assert trustworthiness(others, places, n_neighbors=8) > 0.85
    plane = PCA(2).fit_transform(others)
    assert silhouette_score(places, heap[1::2]) > silhouette_score(plane, heap[1::2]) + 0.2
    assert np.abs(drawn.places).max() == pytest.approx(1)


def test_a_landmark_lies_at_its_own_place_and_lengths_do_not_matter(clusters):
    points, _ = clusters
    drawn = PictureMap.of(points[:200], seed=0)

    np.testing.assert_allclose(drawn.place(7 * points[:200]), drawn.places, atol=1e-4)


def test_the_same_seed_draws_the_same_map(clusters):
    points, _ = clusters

    one, other = (PictureMap.of(points[:150], seed=5).places for _ in range(2))

    np.testing.assert_array_equal(one, other)


def test_few_pictures_are_projected_on_a_plane(clusters):
    points, _ = clusters
    few = points[: FEWEST - 1]

    drawn = PictureMap.of(few, seed=0)

    assert drawn.method == "PCA"
    expected = PCA(2).fit(few).transform(points[-5:])
    found = drawn.place(points[-5:])
    for axis in range(2):
        assert abs(np.corrcoef(found[:, axis], expected[:, axis])[0, 1]) == pytest.approx(1)


def test_without_scikit_learn_it_is_a_plane_too(clusters, monkeypatch):
    monkeypatch.setattr("sing_core.geometry.picture_map.find_spec", lambda _: None)

    assert PictureMap.of(clusters[0], seed=0).method == "PCA"


@pytest.mark.parametrize("n", [1, 2, 150])
def test_a_zero_vector_has_no_place(clusters, n):
    drawn = PictureMap.of(clusters[0][:n], seed=0)

    places = drawn.place(np.vstack([np.zeros(30), clusters[0][0]]))

    assert np.isnan(places[0]).all()
    assert np.isfinite(places[1]).all()
    assert drawn.place(np.empty((0, 30))).shape == (0, 2)
    nothing = PictureMap.of(np.zeros((3, 30)), seed=0)
    assert nothing.place(clusters[0][:2]).shape == (2, 2)
