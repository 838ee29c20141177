"""Group scores: where in feature space a group of mutually exclusive texts is told apart.

A *group* is the values of one attribute (colors, say, or the classes), each
with a text, and every image has one of them. AS asks whether a picture moves
towards one text; the questions here are how far the right text leads the others
with and without the null part, and in which part of the feature the values
differ at all.

All parts are taken about the mean feature, so that "without the null part"
means "with an average null part" and stays where features are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from sing_core.angles import angles_deg
from sing_core.null_space import HeadDecomposition
from sing_core.subspaces import PartMap, Subspace
from sing_core.translator import LinearTranslator

#: Images are dealt into so many blocks, and each is left out once for the interval.
BLOCKS = 10

#: Random subspaces whose mean share is the control.
CONTROL_DRAWS = 2


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
    low, high = _jackknife(mean, without, np.repeat(present[..., None], len(_MARGINS), axis=2))
    columns = {}
    for i, name in enumerate(_MARGINS):
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

    def centered(self) -> Float[np.ndarray, "b k m"]:
        """Sums about the mean feature of all images instead of zero."""
        return self.total - self.count[..., None] * self.mean()


#: Squares of the null and of the other part: for all images, then without each block.
_Pair = tuple[np.ndarray, np.ndarray]


class ShareScorer:
    """Between-value shares for one head and translator: how much lies in the null part."""

    def __init__(self, head: HeadDecomposition, translator: LinearTranslator, seed: int) -> None:
        self._head = head
        self._null = PartMap(Subspace.null_of(head), translator.weight)
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

        Squared means of few images hold the images' own spread too, and would
        pull every share towards that of all variance. So squares are estimated
        by products of different blocks of images, which hold none of it
        (:func:`_squares`).

        The intervals leave out one of ten blocks at a time (jackknife). Shares
        and their ends are cut to 0 and 1: where values hardly differ, an
        estimate may lie beyond. The controls are the mean
        shares of random subspaces of the same dimension; for features that is
        the null space's share of the dimensions.

        Parameters
        ----------
        groups
            Sums of a group and the texts of its values (values × space).
        """
        scored = []
        for sums, texts in groups:
            axes = _axes(texts)
            feature, seen = self._squares_of(sums, self._null, axes, with_features=True)
            controls = [
                _between(*self._squares_of(sums, part, axes)[1], sums.count)[0]
                for part in self._controls
            ]
            between, own = _between(*seen, sums.count), _between(*feature, sums.count)
            values = _of_values(*feature, sums.count)
            group = {"control_share": float(np.mean(controls))}
            for name, ends, shares in (
                ("between_value_share", "share", between),
                ("feature_share", "feature_share", own),
            ):
                share, low, high = _share_and_ends(shares[:, None])
                group |= {
                    name: float(share[0]),
                    f"{ends}_ci_low": float(low[0]),
                    f"{ends}_ci_high": float(high[0]),
                }
            dimensions = self._head.null_dim + self._head.rank
            group["feature_control_share"] = self._head.null_dim / dimensions
            share, low, high = _share_and_ends(values)
            scored.append(
                (
                    group,
                    {
                        "feature_share": share,
                        "feature_share_ci_low": low,
                        "feature_share_ci_high": high,
                    },
                )
            )
        return scored

    def _squares_of(
        self,
        sums: ValueSums,
        null: PartMap,
        axes: Float[np.ndarray, "r s"],
        *,
        with_features: bool = False,
    ) -> tuple[_Pair, _Pair]:
        """Squares of the null and the other part, of features and as seen along the axes.

        Values are taken some at a time, which bounds the memory.
        """
        centered = sums.centered()
        features: list[list[np.ndarray]] = [[], []]
        seen: list[list[np.ndarray]] = [[], []]
        step = max(1, _ROWS // BLOCKS)
        for start in range(0, sums.n_values, step):
            some = centered[:, start : start + step]
            count = sums.count[:, start : start + step]
            rows = some.reshape(-1, sums.n_features)
            whole = null.whole(rows)
            (inside,) = null(rows, whole)
            for kept, part in zip(seen, (inside, whole[0] - inside), strict=True):
                kept.append(_squares((part @ axes.T).reshape(*count.shape, -1), count))
            if with_features:
                coordinates = (rows @ self._head.null).reshape(*count.shape, -1)
                null_squares = _squares(coordinates, count)
                features[0].append(null_squares)
                features[1].append(_squares(some, count) - null_squares)
        pairs = [
            tuple(np.concatenate(kept, axis=1) if kept else np.empty((0, 0)) for kept in kind)
            for kind in (features, seen)
        ]
        return (pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1])


#: Rows of sums that are multiplied at once.
_ROWS = 2560


def _squares(
    sums: Float[np.ndarray, "b k d"], count: Int[np.ndarray, "b k"]
) -> Float[np.ndarray, "j k"]:
    """Squared length of each value's mean, without what single images add to it.

    Row 0 for all blocks, then without each. The mean of ``<x, y>`` over pairs of
    images of different blocks; NaN for a value that fewer than two blocks have.
    """
    total, n = sums.sum(axis=0), count.sum(axis=0)
    own = np.square(sums).sum(axis=2)
    along = np.einsum("bkd,kd->bk", sums, total)
    all_own, all_squared = own.sum(axis=0), np.square(total).sum(axis=1)
    products = np.concatenate(
        [
            (all_squared - all_own)[None],
            (all_squared - 2 * along + own) - (all_own - own),
        ]
    )
    own_pairs = np.square(count)
    pairs = np.concatenate(
        [
            (n**2 - own_pairs.sum(axis=0))[None],
            (n - count) ** 2 - (own_pairs.sum(axis=0) - own_pairs),
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pairs > 0, products / pairs, np.nan)


def _between(
    null: Float[np.ndarray, "j k"],
    rest: Float[np.ndarray, "j k"],
    count: Int[np.ndarray, "b k"],
) -> Float[np.ndarray, " j"]:
    """Share of the null part in the variance over values: of all, then without each block."""
    n = count.sum(axis=0)
    weights = np.concatenate([n[None], n - count]).astype(np.float64)
    weights = np.where(np.isfinite(null) & np.isfinite(rest), weights, 0.0)
    a, b = ((weights * np.nan_to_num(part)).sum(axis=1) for part in (null, rest))
    # A block that no image is in leaves out nothing, and tells nothing.
    told = np.concatenate([[True], count.any(axis=1)])
    return np.where(told, _ratio(a, b), np.nan)


def _ratio(null: Float[np.ndarray, "*q"], rest: Float[np.ndarray, "*q"]) -> Float[np.ndarray, "*q"]:
    """``null / (null + rest)``; NaN where nothing is left of both."""
    whole = null + rest
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, null / whole, np.nan)


def _of_values(
    null: Float[np.ndarray, "j k"],
    rest: Float[np.ndarray, "j k"],
    count: Int[np.ndarray, "b k"],
) -> Float[np.ndarray, "j k"]:
    """Share of the null part for each value: of all, then without each block that has it."""
    told = np.concatenate([np.ones((1, count.shape[1]), dtype=bool), count > 0])
    return np.where(told, _ratio(null, rest), np.nan)


def _axes(texts: Float[np.ndarray, "k s"]) -> Float[np.ndarray, "r s"]:
    """Centered texts; no more of them than the space has dimensions, with the same lengths seen."""
    axes = texts - texts.mean(axis=0)
    return np.linalg.qr(axes, mode="r") if len(axes) > axes.shape[1] else axes


def _share_and_ends(
    shares: Float[np.ndarray, "j q"],
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Shares and their intervals, cut to 0 and 1, from estimates of all and without each block."""
    low, high = _jackknife(shares[0], shares[1:], np.isfinite(shares[1:]))
    return np.clip(shares[0], 0, 1), np.clip(low, 0, 1), np.clip(high, 0, 1)


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
