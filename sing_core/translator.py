"""The translator: a linear map from penultimate features to the space's image features.

It is fitted in closed form from *moments* (means and centered products), which
are streamed over shards and merged, so one pass over the data is enough,
however much there is, and the result does not depend on a random start.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy import linalg, sparse


@dataclass
class Moments:
    """Means and centered sums of products of features X and targets Y, in float64.

    Centered while they are summed (Chan's merge): products of raw values lose
    the digits that matter when means are large.

    Attributes
    ----------
    xx, xy
        Sums over items of ``(x - mean)(x - mean)^T`` and ``(x - mean)(y - mean)^T``.
    yy
        Per target coordinate, the sum of ``(y - mean)^2``.
    """

    n_features: int
    n_targets: int
    n: int = 0
    mean_x: Float[np.ndarray, " m"] = field(init=False)
    mean_y: Float[np.ndarray, " k"] = field(init=False)
    xx: Float[np.ndarray, "m m"] = field(init=False)
    xy: Float[np.ndarray, "m k"] = field(init=False)
    yy: Float[np.ndarray, " k"] = field(init=False)

    def __post_init__(self) -> None:
        m, k = self.n_features, self.n_targets
        self.mean_x, self.mean_y = np.zeros(m), np.zeros(k)
        self.xx, self.xy, self.yy = np.zeros((m, m)), np.zeros((m, k)), np.zeros(k)

    def add(
        self, x: Float[np.ndarray, "n m"], y: Float[np.ndarray, "n k"] | sparse.csr_array
    ) -> None:
        """Take in a shard of features and targets; sparse targets where most are zero."""
        if not len(x):
            return
        x = np.asarray(x, dtype=np.float64)
        mean_x, mean_y = x.mean(axis=0), np.asarray(y.mean(axis=0), dtype=np.float64)
        x = x - mean_x
        if isinstance(y, sparse.csr_array):
            # Not centered: x is, so nothing is added, and zeros stay zeros.
            xy = np.asarray((y.T @ x).T)
            yy = np.asarray(y.multiply(y).sum(axis=0)) - len(x) * np.square(mean_y)
        else:
            y = np.asarray(y, dtype=np.float64) - mean_y
            xy, yy = x.T @ y, np.square(y).sum(axis=0)
        self._merge(len(x), mean_x, mean_y, x.T @ x, xy, yy)

    def through(self, matrix: Float[np.ndarray, "m q"]) -> "Moments":
        """The moments of ``x @ matrix`` and y."""
        mapped = Moments(matrix.shape[1], self.n_targets)
        if self.n:
            xx, xy = matrix.T @ self.xx @ matrix, matrix.T @ self.xy
            mapped._merge(self.n, self.mean_x @ matrix, self.mean_y, xx, xy, self.yy)
        return mapped

    def merge(self, other: "Moments") -> None:
        """Take in the moments of other items, as if they had been added here."""
        if other.n:
            self._merge(other.n, other.mean_x, other.mean_y, other.xx, other.xy, other.yy)

    def _merge(
        self,
        n: int,
        mean_x: Float[np.ndarray, " m"],
        mean_y: Float[np.ndarray, " k"],
        xx: Float[np.ndarray, "m m"],
        xy: Float[np.ndarray, "m k"],
        yy: Float[np.ndarray, " k"],
    ) -> None:
        total = self.n + n
        shift_x, shift_y = mean_x - self.mean_x, mean_y - self.mean_y
        weight = self.n * n / total
        self.xx += xx
        self.xx += weight * np.outer(shift_x, shift_x)
        self.xy += xy
        self.xy += weight * np.outer(shift_x, shift_y)
        self.yy += yy + weight * np.square(shift_y)
        self.mean_x = self.mean_x + shift_x * (n / total)
        self.mean_y = self.mean_y + shift_y * (n / total)
        self.n = total

    def about(
        self, x0: Float[np.ndarray, " m"], y0: Float[np.ndarray, " k"]
    ) -> tuple[Float[np.ndarray, "m m"], Float[np.ndarray, "m k"], Float[np.ndarray, " k"]]:
        """The sums of products about any point instead of the means."""
        shift_x, shift_y = self.mean_x - x0, self.mean_y - y0
        return (
            self.xx + self.n * np.outer(shift_x, shift_x),
            self.xy + self.n * np.outer(shift_x, shift_y),
            self.yy + self.n * np.square(shift_y),
        )

    def origin(self, intercept: bool) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " k"]]:
        """The point a fit is made about: the means with an intercept, zero without."""
        if intercept:
            return self.mean_x, self.mean_y
        return np.zeros_like(self.mean_x), np.zeros_like(self.mean_y)


@dataclass(frozen=True)
class LinearTranslator:
    """``T(f) = A f + b``, from penultimate features to the space's image features."""

    weight: Float[np.ndarray, "k m"]
    bias: Float[np.ndarray, " k"]

    def __call__(self, features: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n k"]:
        """Translate features, in float64."""
        return np.asarray(features, dtype=np.float64) @ self.weight.T + self.bias


#: Ridge strengths tried, in units of the mean variance of a feature: half decades.
RELATIVE_LAMBDAS = 10.0 ** np.arange(-6, 3.01, 0.5)


def lambda_grid(train: Moments) -> Float[np.ndarray, " l"]:
    """Return the ridge strengths to try, in the units of :func:`fit_ridge`."""
    mean_variance = float(np.trace(train.xx)) / (train.n * train.n_features)
    if not mean_variance > 0:
        raise ValueError(
            f"the {train.n} images to fit on all have the same features; need images that "
            "differ, check the backbone's weights and preprocessing"
        )
    return RELATIVE_LAMBDAS * mean_variance


def ridge_path_mse(
    train: Moments, validation: Moments, lambdas: Float[np.ndarray, " l"], *, intercept: bool
) -> Float[np.ndarray, " l"]:
    """Validation error of the ridge fit at each strength, mean squared per element.

    All from one eigendecomposition and both parts' moments: no second pass
    over the data, and no fit per strength. In the eigenvectors' coordinates a
    strength only rescales rows of the fit, so the error is a quadratic form in
    those scales, with one matrix for all strengths.
    """
    x0, y0 = train.origin(intercept)
    xx, xy, _ = train.about(x0, y0)
    eigenvalues, q = linalg.eigh(xx / train.n, driver="evd")
    target = q.T @ (xy / train.n)
    held_xx, held_xy, held_yy = validation.about(x0, y0)
    quadratic = (q.T @ held_xx @ q) * (target @ target.T)
    linear = (target * (q.T @ held_xy)).sum(axis=1)
    scales = 1 / (eigenvalues + lambdas[:, None])
    explained = 2 * scales @ linear - ((scales @ quadratic) * scales).sum(axis=1)
    return (held_yy.sum() - explained) / (validation.n * validation.n_targets)


def fit_ridge(moments: Moments, ridge_lambda: float, *, intercept: bool) -> LinearTranslator:
    """Closed-form ridge regression from moments.

    Minimizes ``mean over items of ||A f + b - z||² + ridge_lambda ||A||²``; the
    intercept is not penalized. scikit-learn's ``Ridge(alpha)`` sums over items
    instead, so ``alpha = n * ridge_lambda`` is the same fit.

    References
    ----------
    SING, equation 4.
    """
    x0, y0 = moments.origin(intercept)
    xx, xy, _ = moments.about(x0, y0)
    penalized = xx / moments.n
    penalized[np.diag_indices_from(penalized)] += ridge_lambda
    weight = linalg.solve(penalized, xy / moments.n, assume_a="pos", overwrite_a=True).T
    return LinearTranslator(weight=np.ascontiguousarray(weight), bias=y0 - weight @ x0)


def fit_validated(
    train: Moments, validation: Moments, *, intercept: bool
) -> tuple[LinearTranslator, Float[np.ndarray, " l"], int]:
    """Fit by ridge regression with the strength that does best on the validation part.

    The strength is chosen on ``train`` alone; the fit is then made on both
    parts, and ``train`` holds both afterwards.

    Returns
    -------
    translator, lambdas, best
        The fit, the strengths tried, and the place of the chosen one.
    """
    lambdas = lambda_grid(train)
    best = int(np.argmin(ridge_path_mse(train, validation, lambdas, intercept=intercept)))
    train.merge(validation)
    return fit_ridge(train, float(lambdas[best]), intercept=intercept), lambdas, best
