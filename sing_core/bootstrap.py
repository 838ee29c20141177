"""Bootstrap intervals: seeded, vectorized, resampled within each class."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

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


def class_median_intervals(
    values: Float[np.ndarray, " n"],
    class_index: Int[np.ndarray, " n"],
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> dict[int, tuple[float, float]]:
    """Percentile interval of each class's median; NaN for a class of one image.

    Values are sorted within their class first. A draw is then a list of row
    numbers, and sorting those sorts every class at once: no loop over classes.
    """
    if not len(values):
        return {}
    order = np.lexsort((values, class_index))
    values, class_index = values[order], class_index[order]
    classes, start, count = np.unique(class_index, return_index=True, return_counts=True)
    low, high = start + (count - 1) // 2, start + count // 2
    medians = []
    for rows in _draws(class_index, draws, seed):
        rows.sort(axis=1)
        medians.append((values[rows[:, low]] + values[rows[:, high]]) / 2)
    intervals = _interval(np.concatenate(medians), level)
    return {
        int(c): interval if n > 1 else (float("nan"), float("nan"))
        for c, n, interval in zip(classes, count, intervals, strict=True)
    }


def _interval(draws: Float[np.ndarray, "b q"], level: float) -> list[tuple[float, float]]:
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0, method="nearest")
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
