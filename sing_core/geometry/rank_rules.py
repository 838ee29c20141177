"""How many directions a head sees: the rules by which singular values count as zero."""

import numpy as np
from jaxtyping import Float

#: Unit roundoff of the formats that weights are stored in: half the gap between 1 and the next.
UNIT_ROUNDOFF = {
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
    "float32": 2.0**-24,
    "float64": 2.0**-53,
}


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


def rank_of(weight: Float[np.ndarray, "c m"], dtype: str) -> int:
    """How many singular values are above the cut, without their directions."""
    sigma = np.linalg.svd(weight, compute_uv=False)
    return int((sigma > rank_cutoff(weight, float(sigma[0]), dtype)).sum())


def rank_by_energy(singular_values: Float[np.ndarray, " s"], energy: float) -> int:
    """Fewest leading directions that hold a share of the squared singular values."""
    held = np.cumsum(np.square(singular_values)) / np.square(singular_values).sum()
    return int(np.searchsorted(held, energy)) + 1


def rank_within_budget(
    weight: Float[np.ndarray, "c m"],
    bias: Float[np.ndarray, " c"],
    directions: Float[np.ndarray, "m m"],
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

    Parameters
    ----------
    directions
        Right singular vectors of the weight, one a row, those of the largest
        singular values first.
    """
    weight, features = (np.asarray(x, dtype=np.float64) for x in (weight, features))
    leading = directions[: min(weight.shape)]
    coordinates, to_logits = features @ leading.T, leading @ weight.T
    logits = features @ weight.T + bias
    predicted = logits.argmax(axis=1)

    def keeps(rank: int) -> bool:
        change = coordinates[:, rank:] @ to_logits[rank:]
        if max_drift is not None:
            largest = np.abs(change).max(axis=1)
            return bool(np.quantile(largest, quantile, method="higher") <= max_drift)
        flipped = (logits - change).argmax(axis=1) != predicted
        return bool(flipped.mean() <= (max_flips or 0.0))

    low, high = 0, len(leading)  # at high nothing that the head sees is removed
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high
