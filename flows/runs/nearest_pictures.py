"""The real pictures nearest to points of the space."""

from collections.abc import Callable, Container

import numpy as np

from sing_core.geometry.angles import arccos_deg, unit
from sing_core.scores.neighbors import Nearest
from warehouse.vectors import VectorFolder

#: Neighbors more than asked for that exact angles choose from.
_SPARE = 3


#: Pictures of the gallery compared at once.
_AT_ONCE = 1024


def nearest_pictures(
    gallery: VectorFolder,
    wanted: Container[str],
    queries: np.ndarray,
    k: int,
    advance: Callable[[int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Ids of the k wanted pictures nearest to each query, and their angles in degrees.

    Both are queries × k, nearest first; fewer than k where there are fewer pictures.
    """
    nearest = Nearest(queries, k + _SPARE)
    for ids, vectors in gallery.shards(wanted, _AT_ONCE):
        nearest.add(ids, vectors)
        advance(len(ids))
    found = nearest.ids()
    place = {image_id: row for row, image_id in enumerate(sorted(set(found.ravel())))}
    vectors, towards = unit(gallery.take(list(place))), unit(queries)
    rows = np.array([place[i] for i in found.ravel()]).reshape(found.shape)
    cosine = [np.einsum("nd,nd->n", towards, vectors[column]) for column in rows.T]
    apart = arccos_deg(np.stack(cosine, axis=1))
    closest = np.argsort(apart, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, closest, axis=1), np.take_along_axis(apart, closest, axis=1)
