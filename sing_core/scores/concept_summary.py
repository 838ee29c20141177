"""Class × concept aggregates of angles, streamed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from sing_core.statistics.class_parts import Estimate, class_parts


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

        The interval of the mean AS is Student's t. Its p-value is that of a
        paired t-test of AS against the control's AS on the same images (a step
        as long, in a random direction). ``common_…`` is what all classes share,
        the mean of their means, and ``own_…`` what is left of a class's mean
        (`class_parts`); their p-values are against those parts of the control.
        Every ``…_p_adjusted`` holds the false discovery rate of its kind over all
        rows of the model (Benjamini-Hochberg), that of the common part over
        phrases.
        """
        n = self.count
        shift, excess = (_of_means(spread, n) for spread in (self._shift, self._excess))
        sd = shift.error * np.sqrt(n)
        (common, own), (common_excess, own_excess) = (
            class_parts(means.value, np.square(means.error) * n, n) for means in (shift, excess)
        )
        at = np.nonzero(n)
        return {
            "class_index": at[0],
            "concept_id": at[1],
            "n": n[at],
            "angle_original_mean_deg": self.original[at] / n[at],
            "angle_equivalent_mean_deg": self.equivalent[at] / n[at],
            "as_mean_deg": shift.value[at],
            "as_sd_deg": sd[at],
            **_columns("{}", "as", shift, excess, at),
            "common_as_mean_deg": common.value[at[1]],
            **_columns("common_{}", "common", common, common_excess, at[1:]),
            "own_as_mean_deg": own.value[at],
            **_columns("own_{}", "own", own, own_excess, at),
        }


def _of_means(spread: _Spread, n: np.ndarray) -> Estimate:
    """Each class's mean, with the error that its pictures' spread gives it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.where(n > 1, spread.squares / (n - 1) / n, np.nan))
    return Estimate(spread.mean, error, np.maximum(n - 1.0, 1.0))


def _columns(
    named: str, interval: str, part: Estimate, excess: Estimate, at: tuple[np.ndarray, ...]
) -> dict[str, np.ndarray]:
    """A part's interval, what the control moves by, and p-values of the difference."""
    reach, p = part.reach(), excess.p_value()
    adjusted = np.full_like(p, np.nan)
    known = np.isfinite(p)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    return {
        f"{interval}_ci_low_deg": (part.value - reach)[at],
        f"{interval}_ci_high_deg": (part.value + reach)[at],
        f"control_{named.format('as_mean_deg')}": (part.value - excess.value)[at],
        named.format("p_value"): p[at],
        named.format("p_adjusted"): adjusted[at],
    }
