"""Whether a classifier is as sure as it is right."""

import numpy as np
from jaxtyping import Bool, Float

#: Bins of confidence.
_BINS = 15


class CalibrationSums:
    """The expected calibration error, from pictures that come some at a time.

    References
    ----------
    Guo et al., On calibration of modern neural networks, 2017.
    """

    def __init__(self) -> None:
        self._sums = np.zeros((3, _BINS))

    def add(self, logits: Float[np.ndarray, "n c"], is_right: Bool[np.ndarray, " n"]) -> None:
        """Take in some pictures."""
        confidence = 1 / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)
        place = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
        for row, weight in zip(self._sums, (None, is_right, confidence), strict=True):
            row += np.bincount(place, weight, _BINS)

    def error(self) -> float:
        """Mean distance between confidence and accuracy over the bins, by their pictures."""
        n, right, confidence = self._sums
        return float(np.abs(right - confidence).sum() / n.sum())
