"""Equivalent pairs: two features that a classifier head cannot tell apart."""

import numpy as np
from jaxtyping import Float

from sing_core.geometry.null_space import HeadDecomposition


def null_coordinates(
    features: Float[np.ndarray, "n m"], spaces: HeadDecomposition
) -> Float[np.ndarray, "n d"]:
    """Coordinates of the features in the null space's basis, ``f Vn`` (float64)."""
    return np.asarray(features, dtype=np.float64) @ spaces.null


def typical_null_length(features: Float[np.ndarray, "n m"], spaces: HeadDecomposition) -> float:
    """Median length of the features' null parts."""
    return float(np.median(np.linalg.norm(null_coordinates(features, spaces), axis=1)))


def null_energy(
    features: Float[np.ndarray, "n m"], null: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, " n"]:
    """Share of the squared length that is the null part's, 0 to 1; NaN for a zero feature.

    Parameters
    ----------
    null
        The features' null coordinates.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.square(null).sum(axis=1) / np.square(features).sum(axis=1))


def remove_null(
    features: Float[np.ndarray, "n m"], spaces: HeadDecomposition
) -> Float[np.ndarray, "n m"]:
    """Remove the null part: ``f~ = f - Vn (Vn^T f)``, same logits as ``f``.

    The m × m projector is never formed.

    References
    ----------
    SING, equation 9.
    """
    return (
        np.asarray(features, dtype=np.float64) - null_coordinates(features, spaces) @ spaces.null.T
    )
