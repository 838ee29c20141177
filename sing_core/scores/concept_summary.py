"""Class × concept aggregates of angles, streamed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats


@dataclass
class _Spread:
    """Mean and sum of squared deviations a cell, merged batch by batch (Chan)."""

    mean: Float[np.ndarray, "c k"]
    squares: Float[np.ndarray, "c k"]

    def add(
        self,
        values: Float[np.ndarray, "n k"],
        rows: Int[np.ndarray, " q"],
        start: Int[np.ndarray, " q"],
        count: Int[np.ndarray, " q"],
        before: Int[np.ndarray, "q k"],
    ) -> None:
        """Take in values sorted by row, ``count`` of each from ``start``."""
        n = count[:, None]
        mean = np.add.reduceat(values, start, axis=0) / n
        squares = np.add.reduceat(np.square(values - np.repeat(mean, count, axis=0)), start, axis=0)
        apart = mean - self.mean[rows]
        self.squares[rows] += squares + np.square(apart) * (before * n / (before + n))
        self.mean[rows] += apart * (n / (before + n))


class ConceptSummary:
    """Class × concept aggregates, streamed: sums that later batches add to.

    Memory is classes × concepts, whatever the number of images.
    """

    def __init__(self, n_classes: int, n_concepts: int) -> None:
        shape = (n_classes, n_concepts)
        self.count = np.zeros(shape, dtype=np.int64)
        self.original = np.zeros(shape)
        self.equivalent = np.zeros(shape)
        self._shift, self._excess = (_Spread(np.zeros(shape), np.zeros(shape)) for _ in range(2))

    def add(
        self,
        class_index: Int[np.ndarray, " n"],
        original_deg: Float[np.ndarray, "n k"],
        equivalent_deg: Float[np.ndarray, "n k"],
        control_deg: Float[np.ndarray, "n k"],
    ) -> None:
        """Take in a batch's angles to every concept: of originals, equivalents and controls."""
        # An undefined angle is undefined to every concept.
        rows = np.isfinite(original_deg + equivalent_deg + control_deg).all(axis=1)
        if not rows.any() or not original_deg.shape[1]:
            return
        order = np.flatnonzero(rows)[np.argsort(class_index[rows], kind="stable")]
        class_index = class_index[order]
        original_deg, equivalent_deg = original_deg[order], equivalent_deg[order]
        place = np.unique(class_index, return_index=True, return_counts=True)
        classes, start, count = place
        before = self.count[classes]
        self._shift.add(original_deg - equivalent_deg, *place, before)
        self._excess.add(control_deg[order] - equivalent_deg, *place, before)
        self.count[classes] += count[:, None]
        self.original[classes] += np.add.reduceat(original_deg, start, axis=0)
        self.equivalent[classes] += np.add.reduceat(equivalent_deg, start, axis=0)

    def result(self) -> dict[str, np.ndarray]:
        """Columns of one row for every class that has images, and concept.

        The interval is Student's t of the mean AS. The p-value is that of a
        paired t-test of AS against the control's AS on the same images (a step
        as long, in a random direction); ``p_adjusted`` holds the false discovery
        rate over all classes and concepts of the model (Benjamini-Hochberg).
        """
        at = np.nonzero(self.count)
        n = self.count[at]
        shift, excess = self._shift.mean[at], self._excess.mean[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            sd = np.where(n > 1, np.sqrt(self._shift.squares[at] / (n - 1)), np.nan)
            error = np.sqrt(self._excess.squares[at] / (n - 1) / n)
            reach = stats.t.ppf(0.975, np.maximum(n - 1, 1)) * sd / np.sqrt(n)
            p = np.where(
                n > 1, 2 * stats.t.sf(np.abs(excess / error), np.maximum(n - 1, 1)), np.nan
            )
        known = np.isfinite(p)
        adjusted = np.full_like(p, np.nan)
        if known.any():
            adjusted[known] = stats.false_discovery_control(p[known])
        return {
            "class_index": at[0],
            "concept_id": at[1],
            "n": n,
            "angle_original_mean_deg": self.original[at] / n,
            "angle_equivalent_mean_deg": self.equivalent[at] / n,
            "as_mean_deg": shift,
            "as_sd_deg": sd,
            "as_ci_low_deg": shift - reach,
            "as_ci_high_deg": shift + reach,
            "control_as_mean_deg": shift - excess,
            "p_value": p,
            "p_adjusted": adjusted,
        }
