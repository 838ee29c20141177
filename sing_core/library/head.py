"""A classifier head, and what it does not see."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sing_core.geometry import null_space
from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.rank_rules import UNIT_ROUNDOFF, storage_dtype
from sing_core.library.given import matrix, plain, same_width, stored_as


@dataclass(frozen=True)
class Head:
    """A classifier head ``logits = W f + b`` with its null space.

    Attributes
    ----------
    weight, bias
        ``W`` (classes × features) and ``b`` (classes), float64.
    spaces
        Its decomposition: orthonormal bases ``principal`` and ``null`` (features × dimensions).
    """

    weight: Float[np.ndarray, "c m"]
    bias: Float[np.ndarray, " c"]
    spaces: HeadDecomposition

    @property
    def n_features(self) -> int:
        """Number of penultimate features."""
        return int(self.weight.shape[1])

    @property
    def rank(self) -> int:
        """Number of directions that move some logit."""
        return self.spaces.rank

    @property
    def null_dim(self) -> int:
        """Number of directions that move none."""
        return self.spaces.null_dim

    @property
    def singular_values(self) -> Float[np.ndarray, " s"]:
        """All singular values of ``W``, largest first."""
        return self.spaces.singular_values

    @property
    def gap(self) -> float:
        """The smallest singular value that counts over the largest that does not."""
        return self.spaces.gap

    def logits(self, features: Any) -> Float[np.ndarray, "n c"]:
        """Logits of features (n × features), by ``W f + b``."""
        rows = matrix(features, "features")
        same_width(rows, self.weight, "features and head")
        return np.asarray(rows @ self.weight.T + self.bias)

    def __repr__(self) -> str:
        c, m = self.weight.shape
        return (
            f"Head({c} classes, {m} features: rank {self.rank}, null space of {self.null_dim} "
            f"dimensions, gap {self.gap:.3g})"
        )


def decompose_head(
    weight: Any, bias: Any = None, *, rank: int | None = None, rtol: float | None = None
) -> Head:
    """Split feature space into what a classifier head sees and what it does not.

    Parameters
    ----------
    weight
        Classes × features, an array or tensor; or a linear layer that has ``weight`` and ``bias``.
    bias
        One a class; zeros by default. It plays no part in the null space.
    rank, rtol
        Overrule how many directions count as seen, or the cut relative to the largest singular
        value. By default what is within the rounding of the given precision counts as zero.

    Returns
    -------
    Head
        With rank, null dimension, singular values and gap.

    Raises
    ------
    ValueError
        If a weight is not finite, or the shapes do not fit.

    References
    ----------
    SING, equations 1 to 3.

    Examples
    --------
    >>> import numpy as np, sing_core as sing
    >>> head = sing.decompose_head(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))
    >>> head
    Head(2 classes, 3 features: rank 2, null space of 1 dimensions, gap inf)
    >>> np.abs(head.spaces.null.T).round(6) + 0
    array([[0., 0., 1.]])
    """
    if hasattr(weight, "weight"):
        bias = weight.bias if bias is None else bias
        weight = weight.weight
    kind = stored_as(weight)
    given = plain(weight)
    if given.ndim > 2 and given.size == given.shape[0] * given.shape[1]:  # a 1 × 1 convolution
        given = given.reshape(given.shape[:2])
    rows = matrix(given, "the head's weight")
    constant = np.zeros(len(rows)) if bias is None else matrix(bias, "the head's bias")[0]
    if constant.shape != (len(rows),):
        raise ValueError(
            f"the head's weight has {len(rows)} classes and its bias {constant.size}; need one each"
        )
    dtype = storage_dtype(rows, kind) if kind in UNIT_ROUNDOFF else "float64"
    spaces = null_space.decompose_head(rows, dtype=dtype, rank=rank, rtol=rtol)
    return Head(rows, constant, spaces)
