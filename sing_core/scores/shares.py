"""Shares: in which part of the feature the values of a group differ at all.

A *group* is the values of one attribute (colors, say, or the classes), and
every image has one of them. All parts are taken about the mean feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.subspaces import Subspace
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.jackknife import BLOCKS, jackknife


@dataclass(frozen=True)
class _Squares:
    """Squared lengths of values' means, for all images (row 0), then without each block.

    Of the features and of what is seen of them along the group's texts; of the
    null and of the other part.
    """

    null: Float[np.ndarray, "j k"]
    rest: Float[np.ndarray, "j k"]
    null_seen: Float[np.ndarray, "j k"]
    rest_seen: Float[np.ndarray, "j k"]
    whole_seen: Float[np.ndarray, "j k"]


class ShareScorer:
    """Between-value shares for one head and translator: how much lies in the null part."""

    def __init__(self, spaces: HeadDecomposition, translator: LinearTranslator) -> None:
        self._spaces, self._weight = spaces, np.asarray(translator.weight, np.float64)
        null = Subspace.null_of(spaces)
        self._basis = null.basis.astype(np.float32)
        # The basis spans the null part, or the other one.
        self._order = -1 if null.is_complement else 1

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
        estimate may lie beyond. The control is the share of a random subspace of
        the same dimension, from the expected squares of its two parts
        (:func:`_random_part`); for features that is the null space's share of
        the dimensions.

        Parameters
        ----------
        groups
            Sums of a group and the texts of its values (values × space).
        """
        return [self._score(sums, texts) for sums, texts in groups]

    def _score(
        self, sums: ValueSums, texts: Float[np.ndarray, "_ s"]
    ) -> tuple[dict[str, float], dict[str, Float[np.ndarray, " _"]]]:
        seen_by = _axes(texts) @ self._weight
        squares, count = self._squares_of(sums, seen_by), sums.count
        group: dict[str, float] = {}
        for name, ends, null, rest in (
            ("between_value_share", "share", squares.null_seen, squares.rest_seen),
            ("feature_share", "feature_share", squares.null, squares.rest),
        ):
            share, low, high = share_and_ends(_between(null, rest, count)[:, None])
            group |= {
                name: float(share[0]),
                f"{ends}_ci_low": float(low[0]),
                f"{ends}_ci_high": float(high[0]),
            }
        null_dim, m = self._spaces.null_dim, self._spaces.null_dim + self._spaces.rank
        seen_length = float(np.square(seen_by).sum())
        inside, outside = (
            _random_part(dim, m, squares.whole_seen, squares.null + squares.rest, seen_length)
            for dim in (null_dim, m - null_dim)
        )
        group["control_share"] = float(np.clip(_between(inside, outside, count)[0], 0, 1))
        group["feature_control_share"] = null_dim / m
        share, low, high = share_and_ends(_of_values(squares.null, squares.rest, count))
        return group, {
            "feature_share": share,
            "feature_share_ci_low": low,
            "feature_share_ci_high": high,
        }

    def _squares_of(self, sums: ValueSums, seen_by: Float[np.ndarray, "r m"]) -> _Squares:
        """Squares of one group; values are taken some at a time, which bounds the memory.

        Mapped in single precision: every square is a mean over images, and an
        interval of ten blocks of them is far wider than its rounding.
        """
        basis, see = self._basis, seen_by.astype(np.float32)
        see_basis = see @ basis
        mean, found = sums.mean(), []
        step = max(1, _ROWS // BLOCKS)
        for start in range(0, sums.n_values, step):
            count = sums.count[:, start : start + step]
            centered = np.empty((*count.shape, sums.n_features), dtype=np.float32)
            some = sums.total[:, start : start + step]
            np.subtract(some, count[..., None] * mean, out=centered, casting="same_kind")
            rows = centered.reshape(-1, sums.n_features)
            coordinates, whole_seen = rows @ basis, rows @ see.T
            inside_seen = coordinates @ see_basis.T
            inside, everything, *seen = (
                _squares(part.reshape(*count.shape, -1), count)
                for part in (coordinates, rows, inside_seen, whole_seen - inside_seen, whole_seen)
            )
            null, rest = (inside, everything - inside)[:: self._order]
            found.append((null, rest, *seen[:2][:: self._order], seen[2]))
        return _Squares(*(np.concatenate(parts, axis=1) for parts in zip(*found, strict=True)))


def _random_part(
    dim: int,
    m: int,
    seen: Float[np.ndarray, "j k"],
    features: Float[np.ndarray, "j k"],
    seen_length: float,
) -> Float[np.ndarray, "j k"]:
    """Expected squares of what is seen of a random ``dim``-dimensional part of features.

    For a projector P in random position, ``E[P A P] = a A + b tr(A) I``: its trace
    and its first diagonal entry (whose square root is Beta-distributed) give a and b.

    Parameters
    ----------
    seen, features
        Squares of what is seen of the whole features, and of the features.
    seen_length
        ``tr(A)``: squared length of the map that sees.
    """
    b = dim * (m - dim) / (m * (m + 2) * (m - 1)) if m > 1 else 0.0
    a = dim / m - b * m
    return a * seen + b * seen_length * features


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
    own = np.einsum("bkd,bkd->bk", sums, sums, dtype=np.float64)
    along = np.einsum("bkd,kd->bk", sums, total, dtype=np.float64)
    all_own, all_squared = own.sum(axis=0), np.square(total, dtype=np.float64).sum(axis=1)
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
    return np.where(told, ratio_of(a, b), np.nan)


def ratio_of(
    null: Float[np.ndarray, "*q"], rest: Float[np.ndarray, "*q"]
) -> Float[np.ndarray, "*q"]:
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
    return np.where(told, ratio_of(null, rest), np.nan)


def _axes(texts: Float[np.ndarray, "k s"]) -> Float[np.ndarray, "r s"]:
    """Centered texts; no more of them than the space has dimensions, with the same lengths seen."""
    axes = texts - texts.mean(axis=0)
    return np.linalg.qr(axes, mode="r") if len(axes) > axes.shape[1] else axes


def share_and_ends(
    shares: Float[np.ndarray, "j q"],
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Shares and their intervals, cut to 0 and 1, from estimates of all and without each block."""
    low, high = jackknife(shares[0], shares[1:], np.isfinite(shares[1:]))
    return np.clip(shares[0], 0, 1), np.clip(low, 0, 1), np.clip(high, 0, 1)
