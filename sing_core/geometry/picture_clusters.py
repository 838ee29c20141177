"""Clusters of pictures: heaps of points that are near each other in the space, not on its map."""

import warnings

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.vq import kmeans2

from sing_core.geometry.angles import unit

#: Clusters at most: so many colors can be told apart.
MOST = 8

#: Points below which there is one cluster less.
_EACH = 10

#: Starts that are tried; the tightest clusters win.
_STARTS = 8

#: Points assigned at once.
_AT_ONCE = 8192


class PictureClusters:
    """Centers found by k-means (SciPy) among unit vectors, and which is nearest to others."""

    def __init__(self, vectors: Float[np.ndarray, "l s"], *, seed: int) -> None:
        """Find at most :data:`MOST` clusters of landmarks, by their directions."""
        directions = unit(vectors)
        directions = directions[np.isfinite(directions).all(axis=1)]
        different = len(np.unique(directions, axis=0))
        k = min(MOST, max(1, len(directions) // _EACH), max(1, different))
        found: list[tuple[float, np.ndarray]] = []
        for start in range(_STARTS if len(directions) else 0):
            rng = np.random.default_rng((seed, start))
            with warnings.catch_warnings():
                # One that loses all its points keeps its center, and is left out below.
                warnings.simplefilter("ignore", UserWarning)
                centers, _ = kmeans2(directions, k, minit="++", rng=rng)
            found.append((float(_squared(directions, centers).min(axis=1).sum()), centers))
        best = min(found, key=lambda one: one[0])[1] if found else np.zeros((1, vectors.shape[1]))
        sizes = np.bincount(_squared(directions, best).argmin(axis=1), minlength=len(best))
        order = np.argsort(-sizes, kind="stable")
        self.centers: Float[np.ndarray, "k s"] = best[order[sizes[order] > 0]] if found else best

    def of(self, vectors: Float[np.ndarray, "n s"]) -> Int[np.ndarray, " n"]:
        """The number of the cluster of each, from 1, the largest; 0 of a zero vector."""
        parts = [self._of(vectors[i : i + _AT_ONCE]) for i in range(0, len(vectors), _AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def _of(self, vectors: Float[np.ndarray, "n s"]) -> Int[np.ndarray, " n"]:
        directions = unit(vectors)
        known = np.isfinite(directions).all(axis=1)
        nearest = _squared(np.where(known[:, None], directions, 0.0), self.centers).argmin(axis=1)
        return np.where(known, nearest + 1, 0)


def _squared(
    directions: Float[np.ndarray, "n s"], centers: Float[np.ndarray, "k s"]
) -> Float[np.ndarray, "n k"]:
    """Squared distances, less those of the directions from zero, which are all alike."""
    return np.asarray((centers**2).sum(axis=1) - 2 * directions @ centers.T)
