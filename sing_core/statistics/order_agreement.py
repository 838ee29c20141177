"""Whether two figures put the same things into the same order.

Light to import: SciPy's statistics take longer to load than a command that only
reads may take to answer. Where values are tied they are loaded after all.
"""

import math
from functools import reduce

import numpy as np
from jaxtyping import Float

_NAMES = ("spearman", "spearman_p", "kendall", "kendall_p")


def order_agreement(pairs: Float[np.ndarray, "n 2"]) -> dict[str, float | None]:
    """Spearman's and Kendall's correlation over the columns of pairs that are both known.

    As ``scipy.stats.spearmanr`` and ``kendalltau`` give them for few pairs: the
    first with Student's t, the second exactly.

    Returns
    -------
    dict
        ``spearman, spearman_p, kendall, kendall_p``; None for fewer than three pairs, or
        where either figure does not vary.
    """
    known = pairs[np.isfinite(pairs).all(axis=1)]
    if len(known) < 3 or (np.ptp(known, axis=0) == 0).any():
        return dict.fromkeys(_NAMES)
    if any(len(np.unique(column)) < len(known) for column in known.T):
        return _with_ties(known)
    ranks = known.argsort(axis=0).argsort(axis=0)
    return dict(zip(_NAMES, (*_spearman(ranks), *_kendall(ranks)), strict=True))


def _spearman(ranks: np.ndarray) -> tuple[float, float]:
    n = len(ranks)
    rho = 1 - 6 * float(np.square(ranks[:, 0] - ranks[:, 1]).sum()) / (n * (n * n - 1))
    return rho, _two_sided(rho, n - 2)


def _two_sided(rho: float, freedom: int) -> float:
    """Chance of a correlation at least so far from 0, by Student's t.

    With t = rho sqrt(freedom / (1 - rho^2)), the angle arctan(t / sqrt(freedom)) has the sine rho.
    The finite sums are Abramowitz and Stegun's 26.7.3 and 26.7.4, right to 1e-15 absolute.
    """
    odd = freedom % 2
    cosine = math.sqrt((1 - rho) * (1 + rho))
    term = cosine if odd else 1.0
    total = 0.0
    for i in range(odd + 2, freedom + 1, 2):
        total += term
        term *= cosine**2 * (i - 1) / i
    inside = abs(rho) * total
    if odd:
        inside = (math.asin(abs(rho)) + inside) * 2 / math.pi
    return max(0.0, 1 - inside)


def _kendall(ranks: np.ndarray) -> tuple[float, float]:
    order = ranks[ranks[:, 0].argsort(), 1]
    n = len(order)
    discordant = int(np.triu(order[:, None] > order, 1).sum())
    most = n * (n - 1) // 2
    # How many orders of n things have so many pairs the other way: each thing that is added
    # takes any of the places, and turns as many pairs as it goes past.
    orders = reduce(np.convolve, [np.ones(i) / i for i in range(1, n + 1)])
    tail = float(orders[: min(discordant, most - discordant) + 1].sum())
    return 1 - 2 * discordant / most, min(1.0, 2 * tail)


def _with_ties(known: Float[np.ndarray, "n 2"]) -> dict[str, float | None]:
    from scipy import stats

    spearman, kendall = stats.spearmanr(*known.T), stats.kendalltau(*known.T)
    found = (spearman.statistic, spearman.pvalue, kendall.statistic, kendall.pvalue)
    return dict(zip(_NAMES, map(float, found), strict=True))
