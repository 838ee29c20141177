"""How far a figure changed from one run to another, with its standard error."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from sing_core.statistics.bootstrap import resampled_medians

#: Widths of a 95 % interval in standard errors, from end to end.
_WIDTH = 2 * NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; NaN where an end is not known."""

    value: float
    low: float = float("nan")
    high: float = float("nan")

    @property
    def error(self) -> float:
        """Its standard error, from the interval's width."""
        return (self.high - self.low) / _WIDTH


@dataclass(frozen=True)
class Change:
    """A change and its standard error; NaN where that is not known."""

    value: float
    error: float

    def bounds(self, alpha: float) -> tuple[float, float]:
        """Return one-sided confidence bounds, each missed with this probability."""
        reach = NormalDist().inv_cdf(1 - alpha) * self.error
        return self.value - reach, self.value + reach


def between(before: Figure, after: Figure, *, relative: bool) -> Change:
    """Change between figures of two runs that share nothing, by the delta method."""
    if not relative:
        return Change(after.value - before.value, float(np.hypot(before.error, after.error)))
    if not before.value:
        return Change(float("nan"), float("nan"))
    ratio = after.value / before.value
    error = np.hypot(after.error, ratio * before.error) / abs(before.value)
    return Change(ratio - 1, float(error))


#: Figures that are made of single images' scores.
HEADLINES = ("abs_as_median_deg", "is_median_deg", "is_as_ratio", "null_energy_mean", "accuracy")


@dataclass(frozen=True)
class ImageScores:
    """What two runs know of each shared image: a row an image, the same in both."""

    as_deg: Float[np.ndarray, " n"]
    is_deg: Float[np.ndarray, " n"]
    null_energy: Float[np.ndarray, " n"]
    is_right: Float[np.ndarray, " n"]


def paired_changes(
    before: ImageScores,
    after: ImageScores,
    class_index: Int[np.ndarray, " n"],
    *,
    relative: bool,
    draws: int = 400,
    seed: int = 0,
) -> dict[str, Change]:
    """Changes of a run's headlines over images that both runs scored.

    An image is drawn for both runs at once, so that what both have in common is no noise.

    Returns
    -------
    dict
        Of `HEADLINES`.
    """
    known = np.isfinite(before.as_deg + after.as_deg)
    if not known.any():
        return dict.fromkeys(HEADLINES, Change(float("nan"), float("nan")))
    columns = [np.abs(before.as_deg), before.is_deg, np.abs(after.as_deg), after.is_deg]
    columns = [column[known] for column in columns]
    whole = np.array([[np.median(column) for column in columns]])
    drawn = resampled_medians(columns, class_index[known], draws=draws, seed=seed)
    found: dict[str, Change] = {}
    pairs = zip(_headlines(whole[:, :2]), _headlines(whole[:, 2:]), strict=True)
    many = zip(_headlines(drawn[:, :2]), _headlines(drawn[:, 2:]), strict=True)
    for name, one, draw in zip(HEADLINES, pairs, many, strict=False):
        (value,), moved = (_moved(*sides, relative=relative) for sides in (one, draw))
        found[name] = Change(float(value), float(np.std(moved, ddof=1)))
    for name, one, other in (
        ("null_energy_mean", before.null_energy, after.null_energy),
        ("accuracy", before.is_right, after.is_right),
    ):
        found[name] = _mean_change(one, other, relative=relative)
    return found


def headline_errors(
    scores: ImageScores, class_index: Int[np.ndarray, " n"], *, draws: int = 400, seed: int = 0
) -> dict[str, float]:
    """Standard errors of a run's own headlines, over its images; NaN where nothing is known."""
    known = np.isfinite(scores.as_deg)
    if not known.any():
        return dict.fromkeys(HEADLINES, float("nan"))
    columns = [np.abs(scores.as_deg[known]), scores.is_deg[known]]
    drawn = resampled_medians(columns, class_index[known], draws=draws, seed=seed)
    found = {
        name: float(np.std(values, ddof=1))
        for name, values in zip(HEADLINES, _headlines(drawn), strict=False)
    }
    for name, values in (("null_energy_mean", scores.null_energy), ("accuracy", scores.is_right)):
        some = values[np.isfinite(values)]
        enough = len(some) > 1
        found[name] = float(np.std(some, ddof=1) / np.sqrt(len(some))) if enough else float("nan")
    return found


def _headlines(medians: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Medians of |AS| and IS, and their ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return medians[:, 0], medians[:, 1], medians[:, 1] / medians[:, 0]


def _moved(before: np.ndarray, after: np.ndarray, *, relative: bool) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(after / before - 1 if relative else after - before)


def _mean_change(before: np.ndarray, after: np.ndarray, *, relative: bool) -> Change:
    known = np.isfinite(before + after)
    before, after, n = before[known], after[known], int(known.sum())
    if n < 2:
        return Change(float("nan"), float("nan"))
    if not relative:
        apart = after - before
        return Change(float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(n)))
    mean = float(before.mean())
    if not mean:
        return Change(float("nan"), float("nan"))
    ratio = float(after.mean()) / mean
    apart = (after - ratio * before) / mean
    return Change(ratio - 1, float(apart.std(ddof=1) / np.sqrt(n)))
