import numpy as np
from sklearn.neighbors import NearestNeighbors

from sing_core.scores.neighbors import Nearest


def test_neighbors_are_those_of_scikit_learn_however_the_gallery_is_batched(rng):
    queries, gallery = rng.normal(size=(15, 6)), rng.normal(size=(83, 6))
    nearest = Nearest(queries, 4)

    for part in np.array_split(np.arange(83), 7):
        nearest.add([f"g{i}" for i in part], gallery[part])

    expected = NearestNeighbors(n_neighbors=4, metric="cosine").fit(gallery).kneighbors(queries)[1]
    assert nearest.ids().tolist() == [[f"g{i}" for i in row] for row in expected]


def test_a_small_gallery_gives_what_it_has(rng):
    nearest = Nearest(rng.normal(size=(2, 3)), 5)
    nearest.add(["a", "b"], rng.normal(size=(2, 3)))

    assert [sorted(row) for row in nearest.ids()] == [["a", "b"], ["a", "b"]]


def test_a_zero_vector_is_nobodys_neighbor(rng):
    nearest = Nearest(rng.normal(size=(3, 4)), 1)
    nearest.add(["zero", "other"], np.stack([np.zeros(4), rng.normal(size=4)]))

    assert nearest.ids().ravel().tolist() == ["other"] * 3
