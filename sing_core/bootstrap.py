"""Bootstrap intervals: seeded, vectorized, resampled within each class."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

#: Elements of one block of draws: bounds the memory, whatever the number of images.
BLOCK_ELEMENTS = 4_000_000


def _draws(
    class_index: Int[np.ndarray, " n"], draws: int, seed: int
) -> Iterator[Int[np.ndarray, "b n"]]:
    """Blocks of row numbers, ``class_index`` being sorted: each class is drawn from itself."""
    rng = np.random.default_rng(seed)
    _, start, inverse, count = np.unique(
        class_index, return_index=True, return_inverse=True, return_counts=True
    )
    first, size = start[inverse], count[inverse]
    block = max(1, BLOCK_ELEMENTS // max(1, len(class_index)))
    for done in range(0, draws, block):
        uniform = rng.random((min(block, draws - done), len(class_index)))
        # A uniform draw just under 1 may round up to the size itself.
        yield first + np.minimum((uniform * size).astype(np.int64), size - 1)


def ratio_interval(
    numerator: Float[np.ndarray, " n"],
    denominator: Float[np.ndarray, " n"],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of ``median(numerator) / median(denominator)``.

    Images are resampled within their class, so every draw keeps the class
    counts. NaN for fewer than two images.
    """
    if len(numerator) < 2:
        return float("nan"), float("nan")
    order = np.argsort(class_index, kind="stable")
    top, bottom, class_index = numerator[order], denominator[order], class_index[order]
    ratios = []
    for rows in _draws(class_index, draws, seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.median(top[rows], axis=1) / np.median(bottom[rows], axis=1))
    return _interval(np.concatenate(ratios)[:, None], level)[0]


def excess_interval(
    numerators: tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n *d"]],
    denominators: tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n *d"]],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of one ratio of medians over another, of the same images.

    Of ``(median a / median b) / (median a' / median b')`` with ``numerators`` a
    and a', ``denominators`` b and b'. Every draw takes the same images for both;
    a' and b' may have several values an image.
    """
    if len(class_index) < 2:
        return float("nan"), float("nan")
    order = np.argsort(class_index, kind="stable")
    sides = [part[order] for part in (*numerators, *denominators)]
    found = []
    for rows in _draws(class_index[order], draws, seed):
        a, a_other, b, b_other = (
            np.median(side[rows].reshape(len(rows), -1), axis=1) for side in sides
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((a / b) / (a_other / b_other))
    return _interval(np.concatenate(found)[:, None], level)[0]


@dataclass(frozen=True)
class ClassIntervals:
    """Percentile intervals a class: of its median, and of its place when classes are ranked by it.

    The highest median has rank 1. NaN for the median of a class of one image.
    """

    classes: Int[np.ndarray, " c"]
    low: Float[np.ndarray, " c"]
    high: Float[np.ndarray, " c"]
    rank_low: Int[np.ndarray, " c"]
    rank_high: Int[np.ndarray, " c"]


def class_median_intervals(
    values: Float[np.ndarray, " n"],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> ClassIntervals:
    """Resample each class from itself and take its median and its rank among the classes.

    Values are sorted within their class first. A draw is then a list of row
    numbers, and sorting those sorts every class at once: no loop over classes.
    """
    if not len(values):
        nothing, none = np.array([]), np.array([], dtype=np.int64)
        return ClassIntervals(none, nothing, nothing, none, none)
    order = np.lexsort((values, class_index))
    values, class_index = values[order], class_index[order]
    classes, start, count = np.unique(class_index, return_index=True, return_counts=True)
    first, second = start + (count - 1) // 2, start + count // 2
    drawn = []
    for rows in _draws(class_index, draws, seed):
        rows.sort(axis=1)
        drawn.append((values[rows[:, first]] + values[rows[:, second]]) / 2)
    medians = np.concatenate(drawn)
    ranks = stats.rankdata(-medians, axis=1, method="min")
    tail = (1 - level) / 2
    low, high = np.quantile(medians, [tail, 1 - tail], axis=0, method="nearest")
    alone = count == 1
    low[alone], high[alone] = np.nan, np.nan
    rank_low, rank_high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="nearest")
    return ClassIntervals(
        classes.astype(np.int64), low, high, rank_low.astype(np.int64), rank_high.astype(np.int64)
    )


def _interval(draws: Float[np.ndarray, "b q"], level: float) -> list[tuple[float, float]]:
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0, method="nearest")
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
