"""Equivalent pairs: two features that a classifier head cannot tell apart."""

import numpy as np
from jaxtyping import Float

from sing_core.null_space import HeadDecomposition


def null_coordinates(
    features: Float[np.ndarray, "n m"], head: HeadDecomposition
) -> Float[np.ndarray, "n d"]:
    """Coordinates of the features in the null space's basis, ``f Vn`` (float64)."""
    return np.asarray(features, dtype=np.float64) @ head.null


def remove_null(
    features: Float[np.ndarray, "n m"], head: HeadDecomposition
) -> Float[np.ndarray, "n m"]:
    """Remove the null part: ``f~ = f - Vn (Vn^T f)``, same logits as ``f``.

    The m × m projector is never formed.

    References
    ----------
    SING, equation 9.
    """
    return np.asarray(features, dtype=np.float64) - null_coordinates(features, head) @ head.null.T
