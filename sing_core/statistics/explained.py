"""How much of some targets is explained by a guess."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def explained_shares(
    guess: Float[np.ndarray, "n t"], truth: Float[np.ndarray, "n t"], sizes: Sequence[int]
) -> list[float]:
    """R² of each run of so many targets together; 0 where a guess is worse than the mean."""
    left = np.square(truth - guess).sum(axis=0)
    spread = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    ends = np.cumsum(sizes)
    return [
        max(0.0, float(1 - left[end - size : end].sum() / spread[end - size : end].sum()))
        for end, size in zip(ends, sizes, strict=True)
    ]
