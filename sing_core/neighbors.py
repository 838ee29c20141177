"""Exact nearest neighbors by angle, over a gallery that is streamed."""

import numpy as np
from jaxtyping import Float

from sing_core.angles import unit


class Nearest:
    """The k gallery vectors nearest in angle to each query.

    Memory is queries × (k + batch): the gallery is compared a batch at a time,
    and what is not among the nearest so far is dropped.
    """

    def __init__(self, queries: Float[np.ndarray, "n s"], k: int) -> None:
        self.k = k
        self._queries = unit(queries)
        self._cosine = np.empty((len(queries), 0))
        self._ids = np.empty((len(queries), 0), dtype=object)

    def add(self, ids: list[str], vectors: Float[np.ndarray, "g s"]) -> None:
        """Compare with a batch of the gallery. A zero vector is nobody's neighbor."""
        cosine = self._queries @ unit(vectors).T
        cosine = np.concatenate([self._cosine, np.nan_to_num(cosine, nan=-np.inf)], axis=1)
        names = np.concatenate(
            [self._ids, np.broadcast_to(np.array(ids, dtype=object), (len(cosine), len(ids)))],
            axis=1,
        )
        if cosine.shape[1] > self.k:
            best = np.argpartition(-cosine, self.k - 1, axis=1)[:, : self.k]
            cosine, names = (np.take_along_axis(part, best, axis=1) for part in (cosine, names))
        self._cosine, self._ids = cosine, names

    def ids(self) -> np.ndarray:
        """Ids of the neighbors, queries × k, nearest first; fewer where the gallery is small."""
        order = np.argsort(-self._cosine, axis=1, kind="stable")
        return np.take_along_axis(self._ids, order, axis=1)
