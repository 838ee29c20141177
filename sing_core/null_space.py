"""What a classifier head can see, and what it cannot.

The singular value decomposition of the head's weight splits feature space in
two: the *principal* space, whose directions move some logit, and the *null*
space, whose directions move none.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

#: Unit roundoff of the formats that weights are stored in: half the gap between 1 and the next.
UNIT_ROUNDOFF = {
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
    "float32": 2.0**-24,
    "float64": 2.0**-53,
}


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


def storage_dtype(weight: Float[np.ndarray, "c m"], stored_as: str) -> str:
    """Return the precision that a head's weights really have.

    A checkpoint converted from half precision keeps its rounding: if every
    value fits float16 or bfloat16 exactly, that is the precision, whatever the
    file's ``stored_as`` says.
    """
    if stored_as != "float32":
        return stored_as
    single = np.ascontiguousarray(weight, dtype=np.float32)
    # bfloat16 first: nearly all of its values are float16 values too. It is the upper half of a
    # float32, so the lower 16 bits are zero.
    if not (single.view(np.uint32) & 0xFFFF).any():
        return "bfloat16"
    with np.errstate(over="ignore"):
        if np.array_equal(single.astype(np.float16).astype(np.float32), single):
            return "float16"
    return stored_as


def rank_cutoff(
    weight: Float[np.ndarray, "c m"], sigma_max: float, dtype: str, rtol: float | None = None
) -> float:
    """Return the singular value at or below which a direction counts as null.

    With ``rtol``, simply ``rtol * sigma_max``. By default the larger of two
    floors: the error of a float64 decomposition, and the expected spectral norm
    of the rounding noise that storing the weights as ``dtype`` left behind. A
    direction below the second cannot be told from a null one.

    The cut scales with the weights, so rescaling a head never changes its rank.

    Notes
    -----
    Usual rules take ``eps * max(c, m) * sigma_max`` of the storage type. On a
    1000 × 2048 head of rank 999 that is too coarse for float32 (it finds 998)
    and hopeless for float16 (it finds 0).
    """
    if rtol is not None:
        return rtol * sigma_max
    c, m = weight.shape
    decomposition_error = sigma_max * max(c, m) * float(np.finfo(np.float64).eps)
    rms = float(np.sqrt(np.mean(np.square(weight))))
    storage_noise = UNIT_ROUNDOFF[dtype] * rms * (np.sqrt(m) + np.sqrt(c))
    return float(max(decomposition_error, storage_noise))


def decompose_head(
    weight: Float[np.ndarray, "c m"],
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
        The head's weight, a row a class, a column a feature.
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
    weight = np.asarray(weight, dtype=np.float64)
    if not np.isfinite(weight).all():
        raise ValueError(
            "the head's weight holds NaN or infinity; need finite weights, check the checkpoint"
        )
    c, m = weight.shape
    if rank is not None and not 0 < rank <= min(c, m):
        raise ValueError(
            f"null_space.rank is {rank}, but a head of {c} classes and {m} features "
            f"has a rank from 1 to {min(c, m)}"
        )
    # The thin form has all of feature space once there are as many classes as features.
    _, sigma, vt = np.linalg.svd(weight, full_matrices=m > c)
    cutoff = rank_cutoff(weight, float(sigma[0]), dtype, rtol)
    if rank is None:
        rank = int((sigma > cutoff).sum())
    else:
        cutoff = float(sigma[rank]) if rank < sigma.size else 0.0
    null = np.ascontiguousarray(vt[rank:].T)
    norm = float(np.linalg.norm(weight))
    return HeadDecomposition(
        principal=np.ascontiguousarray(vt[:rank].T),
        null=null,
        singular_values=sigma,
        cutoff=cutoff,
        orthonormality=float(np.abs(vt @ vt.T - np.eye(m)).max()),
        leak=float(np.linalg.norm(weight @ null)) / norm if norm else 0.0,
    )


def centered_rows(weight: Float[np.ndarray, "c m"]) -> Float[np.ndarray, "c m"]:
    """Return the head without its mean row, which moves all logits alike.

    The null space of the result is what moves no probability: softmax does not
    see a constant added to every logit.
    """
    weight = np.asarray(weight, dtype=np.float64)
    return weight - weight.mean(axis=0)


def rank_by_energy(weight: Float[np.ndarray, "c m"], energy: float) -> int:
    """Fewest leading directions that hold a share of the squared singular values."""
    sigma = np.linalg.svd(np.asarray(weight, dtype=np.float64), compute_uv=False)
    held = np.cumsum(np.square(sigma)) / np.square(sigma).sum()
    return int(np.searchsorted(held, energy)) + 1


def rank_within_budget(
    weight: Float[np.ndarray, "c m"],
    bias: Float[np.ndarray, " c"],
    features: Float[np.ndarray, "n m"],
    *,
    quantile: float,
    max_drift: float | None = None,
    max_flips: float | None = None,
) -> int:
    """Smallest rank whose null space can be removed within a budget, measured on features.

    The budget is a quantile over images of the largest logit change, or a share
    of changed predictions. Found by bisection, so by the assumption that
    removing more moves logits more; the rank returned does keep the budget.
    """
    weight, features = (np.asarray(x, dtype=np.float64) for x in (weight, features))
    u, sigma, vt = np.linalg.svd(weight, full_matrices=False)
    coordinates, to_logits = features @ vt.T, (u * sigma).T
    logits = features @ weight.T + bias
    predicted = logits.argmax(axis=1)

    def keeps(rank: int) -> bool:
        change = coordinates[:, rank:] @ to_logits[rank:]
        if max_drift is not None:
            largest = np.abs(change).max(axis=1)
            return bool(np.quantile(largest, quantile, method="higher") <= max_drift)
        flipped = (logits - change).argmax(axis=1) != predicted
        return bool(flipped.mean() <= (max_flips or 0.0))

    low, high = 0, len(sigma)  # at high nothing that the head sees is removed
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high


def require_null_space(head: HeadDecomposition, n_classes: int) -> None:
    """Raise :class:`NoNullSpaceError` where there is nothing to analyze.

    Zeros would read as "nothing leaks"; the truth is that the question does
    not arise.
    """
    n_features = head.rank + head.null_dim
    if head.rank == 0:
        raise NoNullSpaceError(
            "the head has rank 0: its weights are all zero, so nothing moves a logit; "
            "check the checkpoint"
        )
    if head.null_dim == 0:
        raise NoNullSpaceError(
            f"the head has rank {head.rank}, equal to its {n_features} features, so every "
            f"direction moves some logit and there is no null space to analyze; choose a "
            f"backbone with more penultimate features than its {n_classes} classes, or say what "
            f"counts as null: null_space.mode = 'approx' with a budget, or 'classes'"
        )
