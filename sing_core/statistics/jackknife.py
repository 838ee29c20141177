"""Intervals that leave out one block of images at a time (jackknife)."""

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

#: Images are dealt into so many blocks, and each is left out once for the interval.
BLOCKS = 10


def jackknife(
    estimate: Float[np.ndarray, "*q"],
    without: Float[np.ndarray, " b *q"],
    present: Bool[np.ndarray, " b *q"],
    level: float = 0.95,
) -> tuple[Float[np.ndarray, "*q"], Float[np.ndarray, "*q"]]:
    """Ends of an interval, from the estimates without each block that is present.

    NaN for fewer than three blocks, or where an estimate is not finite.
    """
    n = present.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(present, without, 0.0)
        apart = np.where(present, without - kept.sum(axis=0) / n, 0.0)
        error = np.sqrt((n - 1) / n * np.square(apart).sum(axis=0))
        reach = stats.t.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * error
        known = (n >= 3) & np.isfinite(estimate) & np.isfinite(reach)
        return np.where(known, estimate - reach, np.nan), np.where(known, estimate + reach, np.nan)
