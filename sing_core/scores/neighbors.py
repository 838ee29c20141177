"""Nearest neighbors by angle, over a gallery that is streamed."""

import numpy as np
import torch
from jaxtyping import Float, Int

from sing_core.geometry.angles import arccos_deg, unit, unit_single
from sing_core.machine.threads import one_torch_thread


class Nearest:
    """The k gallery vectors nearest in angle to each query, by cosines in single precision.

    Those are good to 1e-7, so ask for some more than are wanted, and rank them by
    exact angles. Memory is queries × (k + batch): the gallery is compared a batch at
    a time, and what is not among the nearest so far is dropped.
    """

    def __init__(self, queries: Float[np.ndarray, "n s"], k: int) -> None:
        self.k = k
        self._queries = unit_single(queries)
        self._cosine = torch.empty((len(queries), 0), dtype=torch.float32)
        self._rows = torch.empty((len(queries), 0), dtype=torch.int64)
        self._ids: list[str] = []

    def add(self, ids: list[str], vectors: Float[np.ndarray, "g s"]) -> None:
        """Compare with a batch of the gallery. A zero vector is nobody's neighbor."""
        cosine = torch.from_numpy(self._queries @ unit_single(vectors).T)
        with one_torch_thread():
            best = torch.nan_to_num(cosine, nan=-2.0).topk(min(self.k, len(ids)), dim=1)
            cosine = torch.cat([self._cosine, best.values], dim=1)
            rows = torch.cat([self._rows, best.indices + len(self._ids)], dim=1)
            self._cosine, kept = cosine.topk(min(self.k, cosine.shape[1]), dim=1)
            self._rows = rows.gather(1, kept)
        self._ids += ids

    def ids(self) -> np.ndarray:
        """Ids of the neighbors, queries × k, nearest first; fewer where the gallery is small."""
        return np.asarray(np.array(self._ids, dtype=object)[self._rows.numpy()])


def nearest_first(
    queries: Float[np.ndarray, "q d"],
    vectors: Float[np.ndarray, "v d"],
    rows: Int[np.ndarray, "q k"],
) -> tuple[Int[np.ndarray, "q k"], Float[np.ndarray, "q k"]]:
    """Put each query's vectors in order by exact angles: of float32 products, some are out of it.

    Parameters
    ----------
    rows
        Which of the vectors each query's are.

    Returns
    -------
    order, angle_deg
        Places in ``rows``, nearest first, and the angles there.
    """
    towards, directions = unit(queries), unit(vectors)
    cosine = [np.einsum("nd,nd->n", towards, directions[column]) for column in rows.T]
    apart = arccos_deg(np.stack(cosine, axis=1))
    order = np.argsort(apart, axis=1, kind="stable")
    return order, np.take_along_axis(apart, order, axis=1)
