"""A map of pictures: points of the space laid out in two dimensions, near ones near each other.

A few thousand landmarks are laid out by t-SNE (scikit-learn, where it is installed); every other
point lies among the landmarks that are nearest to it. So points that were not there when the map
was made, such as translations, have their place on it too, and the cost goes with the points.
Without scikit-learn, or of few landmarks, the map is the plane of the two principal components.
"""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float
from scipy import linalg

from sing_core.geometry.angles import unit

#: Landmarks below which t-SNE has nothing to lay out.
FEWEST = 100

#: Landmarks at most: t-SNE takes ten seconds for so many.
MOST = 3000

#: Landmarks that a point lies among.
_NEAREST = 5

#: Points placed at once.
_AT_ONCE = 2048


@dataclass(frozen=True)
class PictureMap:
    """Landmarks with their places, and how others find theirs.

    Attributes
    ----------
    method
        ``t-SNE`` or ``PCA``.
    landmarks
        Unit vectors of the space.
    places
        Of the landmarks, centered, the furthest coordinate being 1.
    plane
        Of PCA: two directions of the space, in the units of the places.
    """

    method: str
    landmarks: Float[np.ndarray, "l s"]
    places: Float[np.ndarray, "l 2"]
    plane: Float[np.ndarray, "s 2"] | None

    @classmethod
    def of(cls, vectors: Float[np.ndarray, "l s"], *, seed: int) -> "PictureMap":
        """Lay out landmarks, by their directions."""
        directions = unit(vectors)
        directions = directions[np.isfinite(directions).all(axis=1)]
        if not len(directions):
            nothing = np.zeros((1, vectors.shape[1]))
            return cls("PCA", nothing, np.zeros((1, 2)), np.zeros((vectors.shape[1], 2)))
        centered = directions - directions.mean(axis=0)
        _, _, axes = linalg.svd(centered, full_matrices=False)
        plane = axes[:2].T if len(axes) > 1 else np.pad(axes.T, ((0, 0), (0, 2 - len(axes))))
        if len(directions) < FEWEST or find_spec("sklearn") is None:
            far = float(np.abs(centered @ plane).max()) or 1.0
            return cls("PCA", directions, centered @ plane / far, plane / far)
        from sklearn.manifold import TSNE

        made = TSNE(2, init="pca", perplexity=30.0, random_state=seed)
        places = made.fit_transform(directions).astype(np.float64)
        places -= places.mean(axis=0)
        return cls("t-SNE", directions, places / np.abs(places).max(), None)

    @classmethod
    def again(
        cls, vectors: Float[np.ndarray, "l s"], places: Float[np.ndarray, "l 2"]
    ) -> "PictureMap":
        """The t-SNE whose landmarks lie at these places."""
        return cls("t-SNE", unit(vectors), places, None)

    def place(self, vectors: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n 2"]:
        """Places of points of the space; NaN of a zero vector, which has no direction.

        On a plane they are projected; else each lies at the mean of the landmarks nearest to it,
        weighing by the inverse square of the chord between them. A landmark lies at its own place.
        """
        parts = [self._place(vectors[i : i + _AT_ONCE]) for i in range(0, len(vectors), _AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty((0, 2))

    def _place(self, vectors: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n 2"]:
        directions = unit(vectors)
        if self.plane is not None:
            return np.asarray((directions - self.landmarks.mean(axis=0)) @ self.plane)
        squared = np.maximum(2 - 2 * directions @ self.landmarks.T, 0.0)
        k = min(_NEAREST, len(self.landmarks))
        nearest = np.argpartition(np.nan_to_num(squared, nan=9.0), k - 1, axis=1)[:, :k]
        weight = 1 / np.maximum(np.take_along_axis(squared, nearest, axis=1), 1e-12)
        weight /= weight.sum(axis=1, keepdims=True)
        return np.asarray((weight[..., None] * self.places[nearest]).sum(axis=1))
