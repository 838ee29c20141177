"""What a classifier head can see, and what it cannot.

The singular value decomposition of the head's weight splits feature space in
two: the *principal* space, whose directions move some logit, and the *null*
space, whose directions move none.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from sing_core.geometry.rank_rules import rank_cutoff


class NoNullSpaceError(ValueError):
    """The head moves some logit in every direction of feature space."""


@dataclass(frozen=True)
class HeadDecomposition:
    """A classifier head split into what it sees and what it does not.

    Attributes
    ----------
    principal, null
        Orthonormal bases, one direction a column (float64).
    singular_values
        All of them, largest first.
    cutoff
        Singular values at or below it count as zero.
    orthonormality
        Largest entry of ``|V^T V - I|`` over both bases together.
    leak
        ``||W Vn|| / ||W||`` (Frobenius): what the head sees of its null space.
    """

    principal: Float[np.ndarray, "m r"]
    null: Float[np.ndarray, "m d"]
    singular_values: Float[np.ndarray, " s"]
    cutoff: float
    orthonormality: float
    leak: float

    @property
    def rank(self) -> int:
        """Number of directions that move some logit."""
        return int(self.principal.shape[1])

    @property
    def null_dim(self) -> int:
        """Number of directions that move none."""
        return int(self.null.shape[1])

    @property
    def sigma_max(self) -> float:
        """The largest singular value."""
        return float(self.singular_values[0])

    @property
    def sigma_rank(self) -> float:
        """The smallest singular value that counts."""
        return float(self.singular_values[self.rank - 1]) if self.rank else float("nan")

    @property
    def sigma_next(self) -> float:
        """The largest singular value that does not count; 0 where the shape leaves none."""
        rest = self.singular_values[self.rank :]
        return float(rest[0]) if rest.size else 0.0

    @property
    def gap(self) -> float:
        """``sigma_rank / sigma_next``: below 10, the rank is a matter of opinion."""
        return self.sigma_rank / self.sigma_next if self.sigma_next else float("inf")


@dataclass(frozen=True)
class HeadFactors:
    """The singular value decomposition of a head's weight, before anything is cut.

    It is the slow part: one suffices for every rule and rank.

    Attributes
    ----------
    singular_values
        Largest first.
    directions
        Right singular vectors, one a row: an orthonormal basis of all of feature space.
    """

    weight: Float[np.ndarray, "c m"]
    singular_values: Float[np.ndarray, " s"]
    directions: Float[np.ndarray, "m m"]

    def split(self, rank: int, cutoff: float) -> HeadDecomposition:
        """Cut behind the first ``rank`` directions."""
        vt, norm = self.directions, float(np.linalg.norm(self.weight))
        null = np.ascontiguousarray(vt[rank:].T)
        return HeadDecomposition(
            principal=np.ascontiguousarray(vt[:rank].T),
            null=null,
            singular_values=self.singular_values,
            cutoff=cutoff,
            orthonormality=float(np.abs(vt @ vt.T - np.eye(len(vt))).max()),
            leak=float(np.linalg.norm(self.weight @ null)) / norm if norm else 0.0,
        )


def factor_head(weight: Float[np.ndarray, "c m"]) -> HeadFactors:
    """Decompose a head's weight, in float64.

    Raises
    ------
    ValueError
        If a weight is not finite.
    """
    weight = np.asarray(weight, dtype=np.float64)
    if not np.isfinite(weight).all():
        raise ValueError(
            "the head's weight holds NaN or infinity; need finite weights, check the checkpoint"
        )
    c, m = weight.shape
    # The thin form has all of feature space once there are as many classes as features.
    _, sigma, vt = np.linalg.svd(weight, full_matrices=m > c)
    return HeadFactors(weight, sigma, vt)


def decompose_head(
    weight: Float[np.ndarray, "c m"] | HeadFactors,
    *,
    dtype: str = "float32",
    rank: int | None = None,
    rtol: float | None = None,
) -> HeadDecomposition:
    """Split feature space into the head's principal and null spaces.

    The bias plays no part: it cancels in every difference of logits.

    Parameters
    ----------
    weight
        The head's weight, a row a class, a column a feature; or its factors.
    dtype
        The precision it was stored in, see :func:`storage_dtype`.
    rank, rtol
        Overrule the cut: a given rank, or a cut relative to the largest
        singular value.

    Raises
    ------
    ValueError
        If a weight is not finite, or ``rank`` does not fit the shape.

    References
    ----------
    SING, equations 1 to 3.
    """
    factors = weight if isinstance(weight, HeadFactors) else factor_head(weight)
    c, m = factors.weight.shape
    if rank is not None and not 0 < rank <= min(c, m):
        raise ValueError(
            f"null_space.rank is {rank}, but a head of {c} classes and {m} features "
            f"has a rank from 1 to {min(c, m)}"
        )
    sigma = factors.singular_values
    cutoff = rank_cutoff(factors.weight, float(sigma[0]), dtype, rtol)
    if rank is None:
        rank = int((sigma > cutoff).sum())
    else:
        cutoff = float(sigma[rank]) if rank < sigma.size else 0.0
    return factors.split(rank, cutoff)


def centered_rows(weight: Float[np.ndarray, "c m"]) -> Float[np.ndarray, "c m"]:
    """Return the head without its mean row, which moves all logits alike.

    The null space of the result is what moves no probability: softmax does not
    see a constant added to every logit.
    """
    weight = np.asarray(weight, dtype=np.float64)
    return weight - weight.mean(axis=0)


def require_null_space(spaces: HeadDecomposition, n_classes: int) -> None:
    """Raise :class:`NoNullSpaceError` where there is nothing to analyze.

    Zeros would read as "nothing leaks"; the truth is that the question does
    not arise.
    """
    n_features = spaces.rank + spaces.null_dim
    if spaces.rank == 0:
        raise NoNullSpaceError(
            "the head has rank 0: its weights are all zero, so nothing moves a logit; "
            "check the checkpoint"
        )
    if spaces.null_dim == 0:
        raise NoNullSpaceError(
            f"the head has rank {spaces.rank}, equal to its {n_features} features, so every "
            f"direction moves some logit and there is no null space to analyze; choose a "
            f"backbone with more penultimate features than its {n_classes} classes, or say what "
            f"counts as null: null_space.mode = 'approx' with a budget, or 'classes'"
        )


def seen_weight(
    weight: Float[np.ndarray, "c m"], null_mode: str, chosen: tuple[int, ...]
) -> Float[np.ndarray, "_ m"]:
    """The weight whose null space is meant, in float64.

    Parameters
    ----------
    null_mode
        In ``softmax`` its rows are centered, in ``classes`` only ``chosen`` ones count.
    """
    weight = weight.astype(np.float64)
    if null_mode == "softmax":
        weight = centered_rows(weight)
    return weight[list(chosen)] if chosen else weight
