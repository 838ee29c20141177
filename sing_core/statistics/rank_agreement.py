"""How well one number ranks things by another: Spearman, with an interval and a control."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

#: Draws of the bootstrap and of the shuffled control.
DRAWS = 1000


@dataclass(frozen=True)
class Agreement:
    """Spearman correlation over a table of things.

    Attributes
    ----------
    ci_low, ci_high
        95 % interval; rows and columns of the table are resampled, each on its
        own, because things that share one are not independent.
    shuffled_low, shuffled_high
        95 % of the correlations of scores shuffled within their row: what
        chance gives.
    """

    n: int
    spearman: float
    ci_low: float
    ci_high: float
    shuffled_low: float
    shuffled_high: float


def rank_agreement(
    score: Float[np.ndarray, "r c"], truth: Float[np.ndarray, "r c"], *, seed: int
) -> Agreement:
    """Compare a score with a truth, both as tables of rows (models) and columns (attributes).

    Columns with a NaN are left out. NaN where fewer than three pairs are left
    or all are tied.
    """
    whole = np.isfinite(score).all(axis=0) & np.isfinite(truth).all(axis=0)
    score, truth = score[:, whole], truth[:, whole]
    n_rows, n_columns = score.shape
    if score.size < 3:
        nan = float("nan")
        return Agreement(score.size, nan, nan, nan, nan, nan)
    rng = np.random.default_rng(seed)
    rows = rng.integers(n_rows, size=(DRAWS, n_rows))[:, :, None]
    columns = rng.integers(n_columns, size=(DRAWS, n_columns))[:, None, :]
    order = rng.random((DRAWS, n_rows, n_columns)).argsort(axis=2)
    shuffled = np.take_along_axis(np.broadcast_to(score, order.shape), order, axis=2)
    return Agreement(
        score.size,
        float(_spearman(score[None], truth[None])[0]),
        *_middle(_spearman(score[rows, columns], truth[rows, columns])),
        *_middle(_spearman(shuffled, np.broadcast_to(truth, order.shape))),
    )


def _spearman(
    a: Float[np.ndarray, "d r c"], b: Float[np.ndarray, "d r c"]
) -> Float[np.ndarray, " d"]:
    """Spearman correlation of each draw's two tables; NaN where one of them is all ties."""
    x, y = (stats.rankdata(part.reshape(len(part), -1), axis=1) for part in (a, b))
    x, y = (part - part.mean(axis=1, keepdims=True) for part in (x, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        product = (x * y).sum(axis=1)
        return np.asarray(product / np.sqrt(np.square(x).sum(axis=1) * np.square(y).sum(axis=1)))


def _middle(draws: Float[np.ndarray, " d"]) -> tuple[float, float]:
    finite = draws[np.isfinite(draws)]
    if not finite.size:
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [0.025, 0.975])
    return float(low), float(high)
