"""Bootstrap intervals of medians: seeded, vectorized, resampled within each class.

A draw is held as how often it takes each image. With the images sorted by a
value once, the cumulative counts then say which of them is the draw's median,
so a draw costs no sorting of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

#: Elements of one block of draws: bounds the memory, whatever the number of images.
BLOCK_ELEMENTS = 4_000_000


def _draws(
    class_index: Int[np.ndarray, " n"], draws: int, seed: int
) -> Iterator[Int[np.ndarray, "b n"]]:
    """Blocks of counts, ``class_index`` being sorted: each class is drawn from itself."""
    rng = np.random.default_rng(seed)
    n = len(class_index)
    _, start, inverse, count = np.unique(
        class_index, return_index=True, return_inverse=True, return_counts=True
    )
    first, size = start[inverse], count[inverse]
    block = max(1, BLOCK_ELEMENTS // max(1, n))
    for done in range(0, draws, block):
        uniform = rng.random((min(block, draws - done), n))
        # A uniform draw just under 1 may round up to the size itself.
        rows = first + np.minimum((uniform * size).astype(np.int64), size - 1)
        rows += n * np.arange(len(rows))[:, None]
        counts = np.bincount(rows.reshape(-1), minlength=rows.size)
        yield counts.reshape(rows.shape).astype(np.int32)


#: Images below which a class is no stratum of its own: within n of them a variance is too small
#: by (n - 1) / n.
_ENOUGH = 10


def _strata(class_index: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    _, inverse, count = np.unique(class_index, return_inverse=True, return_counts=True)
    return np.where(count[inverse] < _ENOUGH, -1, inverse)


def _middle(
    values: Float[np.ndarray, " q"],
    counts: Int[np.ndarray, "b q"],
    below: Int[np.ndarray, " c"],
    size: Int[np.ndarray, " c"],
) -> Float[np.ndarray, "b c"]:
    """Medians of runs of sorted values drawn so often: runs of ``size`` after ``below`` others."""
    taken = counts.cumsum(axis=1, dtype=np.int64)
    total = int(taken[0, -1])
    row = total * np.arange(len(taken))[:, None]
    flat = (taken + row).reshape(-1)
    first, second = (
        values[np.searchsorted(flat, below + at + row, side="right") % len(values)]
        for at in ((size - 1) // 2, size // 2)
    )
    return np.asarray((first + second) / 2)


def resampled_medians(
    columns: Sequence[Float[np.ndarray, "n ..."]],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
) -> Float[np.ndarray, "b q"]:
    """Median of each column in each draw; every draw takes the same images for all columns.

    Images are resampled within their class, so every draw keeps the class
    counts; classes of fewer than ten are drawn from together, because a class of
    one would be drawn as it is. A column may have several values an image, which
    are taken together.
    """
    class_index = _strata(class_index)
    by_class = np.argsort(class_index, kind="stable")
    prepared = []
    for column in columns:
        per_image = column[by_class].reshape(len(by_class), -1)
        order = np.argsort(per_image, axis=None, kind="stable")
        prepared.append((per_image.reshape(-1)[order], order // per_image.shape[1]))
    found = []
    nothing_below = np.zeros(1, dtype=np.int64)
    for counts in _draws(class_index[by_class], draws, seed):
        medians = [
            _middle(values, counts[:, image], nothing_below, np.array([len(values)]))
            for values, image in prepared
        ]
        found.append(np.concatenate(medians, axis=1))
    return np.concatenate(found)


def interval(draws: Float[np.ndarray, " b"], level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a statistic from its draws; NaN where one is NaN."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], method="nearest")
    return float(low), float(high)


@dataclass(frozen=True)
class ClassIntervals:
    """95 % intervals a class of its median, and the spread of its rank over the same draws.

    The highest median has rank 1. NaN for a class of one image.
    """

    classes: Int[np.ndarray, " c"]
    low: Float[np.ndarray, " c"]
    high: Float[np.ndarray, " c"]
    rank_low: Float[np.ndarray, " c"]
    rank_high: Float[np.ndarray, " c"]


def class_median_intervals(
    values: Float[np.ndarray, " n"],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> ClassIntervals:
    """Resample each class from itself and take its median and its rank among the classes."""
    from scipy import stats  # a second, which commands that only compare need not wait

    if not len(values):
        nothing = np.array([])
        return ClassIntervals(np.array([], dtype=np.int64), *[nothing] * 4)
    order = np.lexsort((values, class_index))
    values, class_index = values[order], class_index[order]
    classes, start, count = np.unique(class_index, return_index=True, return_counts=True)
    medians = np.concatenate(
        [_middle(values, counts, start, count) for counts in _draws(class_index, draws, seed)]
    )
    ranks = stats.rankdata(-medians, axis=1, method="min")
    tail = (1 - level) / 2
    low, high = np.quantile(medians, [tail, 1 - tail], axis=0, method="nearest")
    alone = count == 1
    low[alone], high[alone] = np.nan, np.nan
    rank_low, rank_high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="nearest")
    rank_low, rank_high = (np.where(alone, np.nan, end) for end in (rank_low, rank_high))
    return ClassIntervals(classes.astype(np.int64), low, high, rank_low, rank_high)
