"""The real pictures nearest to points of the space."""

from collections.abc import Callable, Container

import numpy as np

from sing_core.scores.neighbors import Nearest, nearest_first
from warehouse.stored.vectors import VectorFolder

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
    rows = np.array([place[i] for i in found.ravel()]).reshape(found.shape)
    closest, apart = nearest_first(queries, gallery.take(list(place)), rows)
    return np.take_along_axis(found, closest[:, :k], axis=1), apart[:, :k]
