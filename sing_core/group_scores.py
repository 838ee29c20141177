"""Group scores: where in feature space a group of mutually exclusive texts is told apart.

A *group* is the values of one attribute (colors, say, or the classes), each
with a text, and every image has one of them. AS asks whether a picture moves
towards one text; the questions here are how far the right text leads the others
with and without the null part, and in which part of the feature the values
differ at all.

All parts are taken about the mean feature, so that "without the null part"
means "with an average null part" and stays where features are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from sing_core.angles import angles_deg
from sing_core.null_space import HeadDecomposition
from sing_core.subspaces import PartMap, Subspace
from sing_core.translator import LinearTranslator

_T = TypeVar("_T")

#: Images are dealt into so many blocks, and each is left out once for the interval.
BLOCKS = 10

#: Random subspaces whose mean share is the control.
CONTROL_DRAWS = 5


def margin_deg(
    angle_deg: Float[np.ndarray, "n k"], value: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """How much closer images are to their own text than to the others of the group.

    Mean angle to the other texts minus the angle to the own one; positive is
    right. NaN where an angle is, and where there is no other text.
    """
    own = np.take_along_axis(angle_deg, value[:, None], axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        others = (angle_deg.sum(axis=1) - own) / np.float64(angle_deg.shape[1] - 1)
    return others - own


class MarginSums:
    """Margins of a group, streamed: as they are, lost without and kept by the null part.

    Sums a block of images and value; memory is blocks × values, whatever the
    number of images.
    """

    def __init__(self, n_values: int) -> None:
        self.count = np.zeros((BLOCKS, n_values), dtype=np.int64)
        self.total_deg = np.zeros((BLOCKS, n_values, 3))

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
        margins = np.stack([margin, margin - left, kept], axis=1)
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
    count: Int[np.ndarray, "b k"], total_deg: Float[np.ndarray, "b k 3"]
) -> dict[str, Float[np.ndarray, " k"]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total_deg.sum(axis=0) / count.sum(axis=0)[:, None]
        rest = count.sum(axis=0) - count
        without = (total_deg.sum(axis=0) - total_deg) / rest[..., None]
    present = (count > 0) & (rest > 0)
    low, high = _jackknife(mean, without, np.repeat(present[..., None], 3, axis=2))
    columns = {}
    for i, name in enumerate(("margin", "margin_lost", "margin_kept_by_null")):
        columns[f"{name}_deg"] = mean[:, i]
        columns[f"{name}_ci_low_deg"], columns[f"{name}_ci_high_deg"] = low[:, i], high[:, i]
    return columns


@dataclass
class ValueSums:
    """Sums of features a block of images and value: from these follow all means.

    Memory is blocks × values × features, whatever the number of images.
    """

    n_values: int
    n_features: int
    count: Int[np.ndarray, "b k"] = field(init=False)
    total: Float[np.ndarray, "b k m"] = field(init=False)

    def __post_init__(self) -> None:
        self.count = np.zeros((BLOCKS, self.n_values), dtype=np.int64)
        self.total = np.zeros((BLOCKS, self.n_values, self.n_features))

    def add(
        self,
        features: Float[np.ndarray, "n m"],
        value: Int[np.ndarray, " n"],
        block: Int[np.ndarray, " n"],
    ) -> None:
        """Take in a batch of features, each image's value, and its block."""
        if not len(features):
            return
        place = block * self.n_values + value
        order = np.argsort(place, kind="stable")
        places, start = np.unique(place[order], return_index=True)
        sums = np.add.reduceat(np.asarray(features, np.float64)[order], start, axis=0)
        self.total.reshape(-1, self.n_features)[places] += sums
        self.count += np.bincount(place, minlength=self.count.size).reshape(self.count.shape)

    def mean(self) -> Float[np.ndarray, " m"]:
        """Mean feature over all images."""
        return self.total.sum(axis=(0, 1)) / self.count.sum()

    def spread(
        self, without: int | None = None
    ) -> tuple[Float[np.ndarray, "k m"], Float[np.ndarray, " k"]]:
        """Return each value's mean feature about the mean of all, and its share of images.

        Values that no image has are left out of neither: their share is 0.
        """
        keep = np.arange(BLOCKS) != (-1 if without is None else without)
        count, total = self.count[keep].sum(axis=0), self.total[keep].sum(axis=0)
        means = total / np.maximum(count, 1)[:, None]
        share = count / count.sum()
        return (means - share @ means) * (count > 0)[:, None], share


class ShareScorer:
    """Between-value shares for one head and translator: how much lies in the null part."""

    def __init__(self, head: HeadDecomposition, translator: LinearTranslator, seed: int) -> None:
        self._head, self._translator = head, translator
        self._null_to_space = (translator.weight @ head.null).T
        rng = np.random.default_rng(seed)
        self._controls = [
            PartMap(Subspace.random(head, rng), translator.weight) for _ in range(CONTROL_DRAWS)
        ]

    def score(
        self, groups: Sequence[tuple[ValueSums, Float[np.ndarray, "_ s"]]]
    ) -> list[tuple[dict[str, float], dict[str, Float[np.ndarray, " _"]]]]:
        """Shares of each group, and of each of its values, under their column names.

        ``B_n / (B_n + B_p)``, where B is the variance over values of their mean
        feature in the null or the principal part; values weigh by their images.
        1: the values differ only where the head cannot see. NaN where they do
        not differ at all. The *feature share* is that of the features
        themselves, the *between-value share* that of the translated features,
        seen along the group's centered texts. A value's own feature share is
        that of what sets its mean off from the mean of all.

        The intervals leave out one of ten blocks of images at a time
        (jackknife), on the logit scale, so they stay between 0 and 1. The
        controls are the mean shares of random subspaces of the same dimension;
        for features that is the null space's share of the dimensions.

        Parameters
        ----------
        groups
            Sums of a group and the texts of its values (values × space).
        """
        controls = self._control_shares(groups)
        scored = []
        for (sums, texts), control in zip(groups, controls, strict=True):
            axes = _axes(texts)
            blocks = [block for block in range(BLOCKS) if sums.count[block].any()]
            shares = self._shares([sums.spread(), *(sums.spread(b) for b in blocks)], axes)
            estimate, without = shares[0], shares[1:]
            low, high = _logit_jackknife(estimate, without)
            group = {
                "between_value_share": float(estimate[0]),
                "share_ci_low": float(low[0]),
                "share_ci_high": float(high[0]),
                "control_share": control,
                "feature_share": float(estimate[1]),
                "feature_share_ci_low": float(low[1]),
                "feature_share_ci_high": float(high[1]),
                "feature_control_share": self._dim_share,
            }
            values = {
                "feature_share": estimate[2:],
                "feature_share_ci_low": low[2:],
                "feature_share_ci_high": high[2:],
            }
            scored.append((group, values))
        return scored

    @property
    def _dim_share(self) -> float:
        return self._head.null_dim / (self._head.null_dim + self._head.rank)

    def _shares(
        self,
        spreads: list[tuple[Float[np.ndarray, "k m"], Float[np.ndarray, " k"]]],
        axes: Float[np.ndarray, "r s"],
    ) -> Float[np.ndarray, "q w"]:
        """For each spread, between-value share, feature share, and each value's own."""
        found = []
        # Several at once: a product with few rows takes as long as reading the basis.
        for some in _batched(spreads, max(1, _ROWS // len(spreads[0][0]))):
            means = np.concatenate([mean for mean, _ in some])
            coordinates = means @ self._head.null
            inside = np.square(coordinates).sum(axis=1).reshape(len(some), -1)
            spread = np.square(means).sum(axis=1).reshape(len(some), -1)
            whole = means @ self._translator.weight.T
            null = coordinates @ self._null_to_space
            weights = np.stack([weight for _, weight in some])
            with np.errstate(divide="ignore", invalid="ignore"):
                between = _share(null, whole - null, weights, axes)
                feature = (weights * inside).sum(axis=1) / (weights * spread).sum(axis=1)
                own = inside / spread
            found.append(np.concatenate([between[:, None], feature[:, None], own], axis=1))
        return np.concatenate(found)

    def _control_shares(
        self, groups: Sequence[tuple[ValueSums, Float[np.ndarray, "_ s"]]]
    ) -> list[float]:
        spreads = [sums.spread() for sums, _ in groups]
        means = np.concatenate([mean for mean, _ in spreads])
        ends = np.cumsum([len(mean) for mean, _ in spreads])[:-1]
        whole = [means @ self._translator.weight.T]
        shares = []
        for part in self._controls:
            (inside,) = part(means, whole)
            pieces = zip(
                np.split(inside, ends), np.split(whole[0] - inside, ends), spreads, groups,
                strict=True,
            )  # fmt: skip
            shares.append(
                [
                    float(_share(mine, rest, weights[None], _axes(texts))[0])
                    for mine, rest, (_, weights), (_, texts) in pieces
                ]
            )
        return [float(control) for control in np.mean(shares, axis=0)]


#: Rows of means that are multiplied at once.
_ROWS = 2048


def _batched(items: list[_T], size: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _axes(texts: Float[np.ndarray, "k s"]) -> Float[np.ndarray, "r s"]:
    """Centered texts; no more of them than the space has dimensions, with the same lengths seen."""
    axes = texts - texts.mean(axis=0)
    return np.linalg.qr(axes, mode="r") if len(axes) > axes.shape[1] else axes


def _share(
    null: Float[np.ndarray, "qk s"],
    rest: Float[np.ndarray, "qk s"],
    weights: Float[np.ndarray, "q k"],
    axes: Float[np.ndarray, "r s"],
) -> Float[np.ndarray, " q"]:
    """Share of the null part in the weighted variance along the axes, of q spreads of k values."""
    a, b = (
        (weights * np.square(seen @ axes.T).sum(axis=1).reshape(weights.shape)).sum(axis=1)
        for seen in (null, rest)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(a / (a + b))


def _logit_jackknife(
    estimate: Float[np.ndarray, " q"], without: Float[np.ndarray, "b q"]
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        center, logits = (np.log(share / (1 - share)) for share in (estimate, without))
    low, high = _jackknife(center, logits, np.isfinite(without))
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def _jackknife(
    estimate: Float[np.ndarray, "*q"],
    without: Float[np.ndarray, "b *q"],
    present: Bool[np.ndarray, "b *q"],
    level: float = 0.95,
) -> tuple[Float[np.ndarray, "*q"], Float[np.ndarray, "*q"]]:
    """Ends of an interval, from the estimates without each block that is present.

    NaN for fewer than three blocks, or where an estimate is not finite.
    """
    n = present.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(present, without, 0.0)
        apart = np.where(present, without - kept.sum(axis=0) / n, 0.0)
        error = np.sqrt((n - 1) / n * np.square(apart).sum(axis=0))
        reach = stats.t.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * error
        known = (n >= 3) & np.isfinite(estimate) & np.isfinite(reach)
        return np.where(known, estimate - reach, np.nan), np.where(known, estimate + reach, np.nan)


class MarginScorer:
    """Angles of translated features to texts: whole, without null, without principal part."""

    def __init__(
        self,
        null: Subspace,
        translator: LinearTranslator,
        mean: Float[np.ndarray, " m"],
        texts: Float[np.ndarray, "t s"],
    ) -> None:
        self.mean, self.texts = mean, texts
        self._null = PartMap(null, translator.weight)
        self._center = translator(mean[None])

    def angles_deg(
        self, features: Float[np.ndarray, "n m"]
    ) -> tuple[Float[np.ndarray, "n t"], Float[np.ndarray, "n t"], Float[np.ndarray, "n t"]]:
        """Angles of T f, T(f − Πn(f − μ)) and T(f − Πp(f − μ)) to every text."""
        centered = np.asarray(features, dtype=np.float64) - self.mean
        (moved,) = self._null.whole(centered)
        (null,) = self._null(centered, [moved])
        whole = self._center + moved
        return (
            angles_deg(whole, self.texts),
            angles_deg(whole - null, self.texts),
            angles_deg(self._center + null, self.texts),
        )
