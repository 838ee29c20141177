"""Sums over steered images, class by class: confusion of classes, and curves of AS over IS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from sing_core.scores.steering import Directions

#: Image Scores that curves are drawn through.
CURVE_IS_DEG = (5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0)


#: Columns of means.
_MEANS = {
    "as": "as_mean_deg",
    "is": "is_mean_deg",
    "step": "epsilon_mean",
    "over_norm": "epsilon_over_norm_mean",
    "over_null": "epsilon_over_null_mean",
    "control_as": "control_as_mean_deg",
    "control_is": "control_is_mean_deg",
}


@dataclass(frozen=True)
class Steered:
    """Images steered to one Image Score towards each text, and what steps as long do elsewhere.

    Attributes
    ----------
    columns
        By each of ``NAMES`` (images × texts), NaN where no step turns so far: ``as`` and ``is``
        of the step (degrees); its length (``step``), also over that of the image's feature
        (``over_norm``) and over that of a typical null part (``over_null``); AS and IS of a step
        of the same length outside the null space (``control_as``, ``control_is``).
    """

    columns: dict[str, Float[np.ndarray, "n k"]]

    NAMES: ClassVar = tuple(_MEANS)

    @classmethod
    def to(
        cls,
        is_deg: float,
        found: Directions,
        outside: Directions,
        norm: Float[np.ndarray, " n"],
        typical_null: float,
    ) -> "Steered":
        """Steer by ``found``, whose steps are calibrated, and as far by ``outside``."""
        return cls.by(found.step_for(is_deg), found, outside, norm, typical_null)

    @classmethod
    def by(
        cls,
        step: Float[np.ndarray, "n k"],
        found: Directions,
        outside: Directions,
        norm: Float[np.ndarray, " n"],
        typical_null: float,
    ) -> "Steered":
        """Steer by steps of these lengths, in units of the features."""
        with np.errstate(divide="ignore", invalid="ignore"):
            lengths = step / norm[:, None], step / np.float64(typical_null)
        values = *found.after(step), step, *lengths, *outside.after(step)
        return cls(dict(zip(cls.NAMES, values, strict=True)))


class _Sums:
    """Counts, sums and sums of squares a cell of classes × others, over what is defined."""

    def __init__(self, n_classes: int, n_others: int) -> None:
        self.n = np.zeros(n_classes, dtype=np.int64)
        self.defined, self.total, self.squares = (np.zeros((n_classes, n_others)) for _ in range(3))

    def add(self, classes: np.ndarray, values: np.ndarray) -> None:
        """Take in a batch that is sorted by class."""
        rows, start, count = np.unique(classes, return_index=True, return_counts=True)
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        self.n[rows] += count
        self.defined[rows] += np.add.reduceat(known, start, axis=0, dtype=np.float64)
        self.total[rows] += np.add.reduceat(filled, start, axis=0)
        self.squares[rows] += np.add.reduceat(np.square(filled), start, axis=0)

    def mean(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.total / self.defined

    def sd(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (self.squares - self.total * self.mean()) / (self.defined - 1)
        return np.where(self.defined > 1, np.sqrt(np.maximum(variance, 0)), np.nan)

    def share(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.defined / self.n[:, None]


class ConfusionSums:
    """Class by class: how far the images of one can be moved towards another.

    Memory is classes squared, whatever the number of images.
    """

    def __init__(self, n_classes: int) -> None:
        self._sums = {name: _Sums(n_classes, n_classes) for name in Steered.NAMES}
        self._as = self._sums["as"]

    def add(self, classes: Int[np.ndarray, " n"], steered: Steered) -> None:
        """Take in a batch, sorted by class, steered towards every class."""
        for name, sums in self._sums.items():
            sums.add(classes, steered.columns[name])

    def result(self, names: list[str]) -> dict[str, Any]:
        """Columns of one row for every class that has images, and other class."""
        apart = ~np.eye(len(names), dtype=bool)
        source, target = np.nonzero((self._as.n > 0)[:, None] & apart)
        at = source, target
        words = pa.array(names)
        return {
            "source_class": words.take(source),
            "target_class": words.take(target),
            "n": self._as.n[source],
            "n_reached": self._as.defined[at].astype(np.int64),
            "as_sd_deg": self._as.sd()[at],
            "reachable_share": self._as.share()[at],
            **{column: self._sums[name].mean()[at] for name, column in _MEANS.items()},
        }


class CurveSums:
    """AS over IS: each class's images towards each target, one step length after the other."""

    def __init__(self, n_classes: int, n_targets: int) -> None:
        self._sums = {
            name: [_Sums(n_classes, n_targets) for _ in CURVE_IS_DEG] for name in Steered.NAMES
        }
        self._as = self._sums["as"]

    def add(self, classes: Int[np.ndarray, " n"], steered: Sequence[Steered]) -> None:
        """Take in a batch, sorted by class, steered to each of `CURVE_IS_DEG`."""
        for name, sums in self._sums.items():
            for at, reached in zip(sums, steered, strict=True):
                at.add(classes, reached.columns[name])

    def result(self, names: list[str], targets: list[str]) -> dict[str, Any]:
        """Columns of one row a step length, class that has images, and target."""
        source, target = np.nonzero(np.repeat((self._as[0].n > 0)[:, None], len(targets), axis=1))
        at, q = (source, target), len(CURVE_IS_DEG)

        def column(sums: list[_Sums], what: str) -> np.ndarray:
            return np.concatenate([getattr(some, what)()[at] for some in sums])

        return {
            "source_class": pa.array(names).take(np.tile(source, q)),
            "target": pa.array(targets).take(np.tile(target, q)),
            "is_deg": np.repeat(CURVE_IS_DEG, len(source)),
            "n": np.tile(self._as[0].n[source], q),
            "reachable_share": column(self._as, "share"),
            "as_sd_deg": column(self._as, "sd"),
            **{name: column(self._sums[of], "mean") for of, name in _MEANS.items() if of != "is"},
        }
