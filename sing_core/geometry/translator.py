"""The translator: a linear map from penultimate features to the space's image features.

It is fitted in closed form from *moments* (means and centered products), which
are streamed over shards and merged, so one pass over the data is enough,
however much there is, and the result does not depend on a random start.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

from sing_core.geometry.moments import Moments


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


def is_thin(n: int, n_features: int) -> bool:
    """Whether a fit has too few items for its features to be taken as it is."""
    return n < 2 * n_features


def fit_notes(n: int, n_features: int, best: int, n_tried: int, unit: str) -> list[str]:
    """Say what to know before a fit is read.

    Parameters
    ----------
    best, n_tried
        The place of the chosen strength, and how many were tried.
    unit
        What it was fitted on: pictures, rows.
    """
    notes = []
    if is_thin(n, n_features):
        notes.append(f"thin: {n} {unit} to fit {n_features} features")
    if best in (0, n_tried - 1):
        notes.append("the best ridge strength is at the end of those tried")
    return notes


def fit_validated(
    train: Moments, validation: Moments, *, intercept: bool
) -> tuple[LinearTranslator, Float[np.ndarray, " l"], int]:
    """Fit by ridge regression with the strength that does best on the validation part.

    The strength is chosen by fits on ``train`` alone; the fit that is returned is
    made on both parts.

    Returns
    -------
    translator, lambdas, best
        The fit, the strengths tried, and the place of the chosen one.
    """
    lambdas = lambda_grid(train)
    best = int(np.argmin(ridge_path_mse(train, validation, lambdas, intercept=intercept)))
    both = train.merged(validation)
    return fit_ridge(both, float(lambdas[best]), intercept=intercept), lambdas, best
