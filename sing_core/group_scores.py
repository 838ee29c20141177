"""Group scores: where in feature space a group of mutually exclusive texts is told apart.

A *group* is the values of one attribute (colors, say, or the classes), each
with a text, and every image has one of them. AS asks whether a picture moves
towards one text; the questions here are how far the right text leads the others
with and without the null part, and in which part of the feature the values
differ at all.

All parts are taken about the mean feature, so that "without the null part"
means "with an average null part" and stays where features are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from sing_core.angles import angles_deg
from sing_core.null_space import HeadDecomposition
from sing_core.translator import LinearTranslator

#: Images are dealt into so many blocks, and each is left out once for the interval.
BLOCKS = 10

#: Random subspaces whose mean share is the control.
CONTROL_DRAWS = 8


def margin_deg(
    angle_deg: Float[np.ndarray, "n k"], value: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """How much closer images are to their own text than to the others of the group.

    Mean angle to the other texts minus the angle to the own one; positive is
    right. NaN where an angle is.
    """
    own = np.take_along_axis(angle_deg, value[:, None], axis=1)[:, 0]
    others = (angle_deg.sum(axis=1) - own) / (angle_deg.shape[1] - 1)
    return others - own


@dataclass
class MarginSums:
    """Mean margins of a group, streamed: as they are, lost without and kept by the null part."""

    n: int = 0
    whole_deg: float = 0.0
    lost_deg: float = 0.0
    kept_deg: float = 0.0

    def add(
        self,
        whole: Float[np.ndarray, "n k"],
        without_null: Float[np.ndarray, "n k"],
        without_principal: Float[np.ndarray, "n k"],
        value: Int[np.ndarray, " n"],
    ) -> None:
        """Take in the angles of a batch to the group's texts, in degrees."""
        margins = np.stack(
            [margin_deg(angles, value) for angles in (whole, without_null, without_principal)]
        )
        margins = margins[:, np.isfinite(margins).all(axis=0)]
        self.n += margins.shape[1]
        self.whole_deg += float(margins[0].sum())
        self.lost_deg += float((margins[0] - margins[1]).sum())
        self.kept_deg += float(margins[2].sum())

    def result(self) -> dict[str, float | int]:
        """Means under their column names."""
        n = self.n or float("nan")
        return {
            "n": self.n,
            "margin_deg": self.whole_deg / n,
            "margin_lost_deg": self.lost_deg / n,
            "margin_kept_by_null_deg": self.kept_deg / n,
        }


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
        self.translator = translator
        self._basis = head.null
        self._null = _Part(translator, head.null, of_null=True)
        self._controls = list(self._random_parts(head, seed))

    def _random_parts(self, head: HeadDecomposition, seed: int) -> Iterator["_Part"]:
        """Subspaces of the null space's dimension, in random position."""
        rng = np.random.default_rng(seed)
        n_features = head.rank + head.null_dim
        narrow = min(head.rank, head.null_dim)
        for _ in range(CONTROL_DRAWS):
            basis, _ = np.linalg.qr(rng.standard_normal((n_features, narrow)))
            yield _Part(self.translator, basis, of_null=narrow == head.null_dim)

    def score(self, sums: ValueSums, texts: Float[np.ndarray, "k s"]) -> dict[str, float]:
        """Share, its 95 % interval and its control, under their column names.

        ``B_n / (B_n + B_p)``, where B is the variance over values of their mean
        translated feature, seen along the group's centered texts and taken of
        the null or the principal part; values weigh by their images. 1: the
        values differ only where the head cannot see. NaN where they do not
        differ at all.

        The interval leaves out one of ten blocks of images at a time
        (jackknife), on the logit scale, so it stays between 0 and 1. The
        control is the mean share of random subspaces of the same dimension. The
        feature share is that of the features themselves, untranslated.
        """
        axes = texts - texts.mean(axis=0)
        whole = sums.spread()
        share = self._null.share(*whole, axes)
        means, weights = whole
        null, total = (
            float(weights @ np.square(x).sum(axis=1)) for x in (means @ self._basis, means)
        )
        parts = [
            self._null.share(*sums.spread(without=block), axes)
            for block in range(BLOCKS)
            if sums.count[block].any()
        ]
        low, high = _jackknife(share, np.array(parts))
        control = float(np.mean([part.share(*whole, axes) for part in self._controls]))
        return {
            "between_value_share": share,
            "share_ci_low": low,
            "share_ci_high": high,
            "control_share": control,
            "feature_share": null / total if total > 0 else float("nan"),
        }


class _Part:
    """A subspace of features and its complement, translated."""

    def __init__(
        self, translator: LinearTranslator, basis: Float[np.ndarray, "m q"], *, of_null: bool
    ) -> None:
        self._matrix = translator.weight
        self._basis, self._of_null = basis, of_null
        self._translated = translator.weight @ basis

    def share(
        self,
        means: Float[np.ndarray, "k m"],
        weights: Float[np.ndarray, " k"],
        axes: Float[np.ndarray, "k s"],
    ) -> float:
        inside = (means @ self._basis) @ (self._translated.T @ axes.T)
        whole = means @ (self._matrix.T @ axes.T)
        a, b = (float(weights @ np.square(x).sum(axis=1)) for x in (inside, whole - inside))
        null, principal = (a, b) if self._of_null else (b, a)
        return null / (null + principal) if null + principal > 0 else float("nan")


def _jackknife(
    estimate: float, without: Float[np.ndarray, " b"], level: float = 0.95
) -> tuple[float, float]:
    n = len(without)
    inner = (0 < estimate < 1) and bool(((without > 0) & (without < 1)).all())
    if n < 3 or not inner:
        return float("nan"), float("nan")
    logits = np.log(without / (1 - without))
    error = np.sqrt((n - 1) / n * np.square(logits - logits.mean()).sum())
    reach = stats.t.ppf((1 + level) / 2, n - 1) * error
    center = np.log(estimate / (1 - estimate))
    low, high = (1 / (1 + np.exp(-(center + side * reach))) for side in (-1, 1))
    return float(low), float(high)


class MarginScorer:
    """Angles of translated features to texts: whole, without null, without principal part."""

    def __init__(
        self,
        head: HeadDecomposition,
        translator: LinearTranslator,
        mean: Float[np.ndarray, " m"],
        texts: Float[np.ndarray, "t s"],
    ) -> None:
        self.head, self.translator, self.mean, self.texts = head, translator, mean, texts
        self._null_to_space = translator.weight @ head.null
        self._center = translator(mean[None])

    def angles_deg(
        self, features: Float[np.ndarray, "n m"]
    ) -> tuple[Float[np.ndarray, "n t"], Float[np.ndarray, "n t"], Float[np.ndarray, "n t"]]:
        """Angles of T f, T(f − Πn(f − μ)) and T(f − Πp(f − μ)) to every text."""
        features = np.asarray(features, dtype=np.float64)
        whole = self.translator(features)
        null = ((features - self.mean) @ self.head.null) @ self._null_to_space.T
        return (
            angles_deg(whole, self.texts),
            angles_deg(whole - null, self.texts),
            angles_deg(self._center + null, self.texts),
        )
