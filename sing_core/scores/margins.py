"""Margins: how far the right text of a group leads the others, with and without the null part.

A *group* is the values of one attribute (colors, say, or the classes), each
with a text, and every image has one of them. AS asks whether a picture moves
towards one text; a margin, whether its own text still leads the others.

All parts are taken about the mean feature, so that "without the null part"
means "with an average null part" and stays where features are.
"""

import numpy as np
from jaxtyping import Float, Int

from sing_core.geometry.angles import arccos_deg, unit, unit_single
from sing_core.geometry.subspaces import RandomSubspace, Subspace
from sing_core.geometry.translator import LinearTranslator
from sing_core.statistics.jackknife import BLOCKS, jackknife


def margin_deg(
    angle_deg: Float[np.ndarray, "n k"], value: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """How much closer images are to their own text than to the others of the group.

    Mean angle to the other texts minus the angle to the own one; positive is
    right. NaN where an angle is, and where there is no other text.
    """
    own = np.take_along_axis(angle_deg, value[:, None], axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        total = angle_deg.sum(axis=1, dtype=np.float64)
        others = (total - own) / np.float64(angle_deg.shape[1] - 1)
    return others - own


#: What is summed of margins, by the names of columns.
_MARGINS = ("margin", "margin_lost", "margin_kept_by_null", "margin_without_null")


class MarginSums:
    """Margins of a group, streamed: as they are, lost without and kept by the null part.

    Sums a block of images and value; memory is blocks × values, whatever the
    number of images.
    """

    def __init__(self, n_values: int) -> None:
        self.count = np.zeros((BLOCKS, n_values), dtype=np.int64)
        self.total_deg = np.zeros((BLOCKS, n_values, len(_MARGINS)))

    def add(
        self,
        whole: Float[np.ndarray, "n k"],
        without_null: Float[np.ndarray, "n k"],
        without_principal: Float[np.ndarray, "n k"],
        value: Int[np.ndarray, " n"],
        block: Int[np.ndarray, " n"],
    ) -> None:
        """Take in the angles of a batch to the group's texts, in degrees."""
        margin, left, kept = (
            margin_deg(angles, value) for angles in (whole, without_null, without_principal)
        )
        margins = np.stack([margin, margin - left, kept, left], axis=1)
        defined = np.isfinite(margins).all(axis=1)
        np.add.at(self.count, (block[defined], value[defined]), 1)
        np.add.at(self.total_deg, (block[defined], value[defined]), margins[defined])

    def result(self) -> dict[str, float | int]:
        """Means over all images, with 95 % intervals, under their column names."""
        count, total = self.count.sum(axis=1), self.total_deg.sum(axis=1)
        named = _margins(count[:, None], total[:, None])
        return {"n": int(count.sum())} | {name: float(x[0]) for name, x in named.items()}

    def by_value(self) -> dict[str, Float[np.ndarray, " k"] | Int[np.ndarray, " k"]]:
        """The same for the images of each value; NaN for a value that no image has."""
        return {"n": self.count.sum(axis=0)} | _margins(self.count, self.total_deg)


def _margins(
    count: Int[np.ndarray, "b k"], total_deg: Float[np.ndarray, "b k 4"]
) -> dict[str, Float[np.ndarray, " k"]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total_deg.sum(axis=0) / count.sum(axis=0)[:, None]
        rest = count.sum(axis=0) - count
        without = (total_deg.sum(axis=0) - total_deg) / rest[..., None]
    present = (count > 0) & (rest > 0)
    low, high = jackknife(mean, without, np.repeat(present[..., None], len(_MARGINS), axis=2))
    columns = {}
    for i, name in enumerate(_MARGINS):
        columns[f"{name}_deg"] = mean[:, i]
        columns[f"{name}_ci_low_deg"], columns[f"{name}_ci_high_deg"] = low[:, i], high[:, i]
    return columns


class MarginScorer:
    """Angles of translated features to texts: whole, without null, without principal part.

    In single precision: only means over many images and texts are kept.
    """

    def __init__(
        self,
        null: Subspace | RandomSubspace,
        translator: LinearTranslator,
        mean: Float[np.ndarray, " m"],
        texts: Float[np.ndarray, "t s"],
    ) -> None:
        self._mean = mean.astype(np.float32)
        self._texts = unit(texts).astype(np.float32)
        self._weight = translator.weight.astype(np.float32)
        self._of_null = null.part(translator.weight).astype(np.float32)
        self._center = translator(mean[None]).astype(np.float32)

    def angles_deg(
        self, features: Float[np.ndarray, "n m"]
    ) -> tuple[Float[np.ndarray, "n t"], Float[np.ndarray, "n t"], Float[np.ndarray, "n t"]]:
        """Angles of T f, T(f − Πn(f − μ)) and T(f − Πp(f − μ)) to every text."""
        centered = np.asarray(features, dtype=np.float32) - self._mean
        whole = self._center + centered @ self._weight.T
        null = centered @ self._of_null.T
        return self._angles(whole), self._angles(whole - null), self._angles(self._center + null)

    def _angles(self, z: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n t"]:
        return arccos_deg(unit_single(z) @ self._texts.T)
