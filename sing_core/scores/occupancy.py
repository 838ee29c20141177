"""Occupancy: whether null energy tells pictures of another kind from those a head was made for."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats
from scipy.special import softmax

from sing_core.geometry.equivalent_pairs import null_coordinates, null_energy
from sing_core.geometry.null_space import HeadDecomposition


def signs_of_another_kind(
    features: Float[np.ndarray, "n m"],
    weight: Float[np.ndarray, "c m"],
    bias: Float[np.ndarray, " c"],
    spaces: HeadDecomposition,
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Null energy, and one minus the largest probability, of features that are not zero.

    A zero feature has no energy to share.
    """
    features = features.astype(np.float64)
    features = features[np.square(features).sum(axis=1) > 0]
    energy = null_energy(features, null_coordinates(features, spaces))
    return energy, 1 - softmax(features @ weight.T + bias, axis=1).max(axis=1)


@dataclass(frozen=True)
class Auroc:
    """Probability that one of the second kind scores higher than one of the first, with interval.

    0.5 tells nothing; under 0.5 the first kind scores higher.
    """

    value: float
    low: float
    high: float


def auroc(
    inside: Float[np.ndarray, " n"], outside: Float[np.ndarray, " k"], level: float = 0.95
) -> Auroc:
    """Area under the ROC curve of a score, ``outside`` being what it should be high for.

    The interval is DeLong's, normal and cut to 0 and 1; NaN for fewer than two
    of either kind.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988).
    """
    n, k = len(inside), len(outside)
    if not n or not k:
        return Auroc(float("nan"), float("nan"), float("nan"))
    ranks = stats.rankdata(np.concatenate([inside, outside]))
    # How much of the other kind each score is above.
    over_inside = (ranks[n:] - stats.rankdata(outside)) / n
    over_outside = (ranks[:n] - stats.rankdata(inside)) / k
    value = float(over_inside.mean())
    if n < 2 or k < 2:
        return Auroc(value, float("nan"), float("nan"))
    error = np.sqrt(over_inside.var(ddof=1) / k + over_outside.var(ddof=1) / n)
    reach = float(stats.norm.ppf((1 + level) / 2) * error)
    return Auroc(value, max(0.0, value - reach), min(1.0, value + reach))
