"""What all classes share, and what is a class's own: each mean against the mean of classes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """Values with their standard errors and degrees of freedom; NaN where they are unknown."""

    value: Float[np.ndarray, "..."]
    error: Float[np.ndarray, "..."]
    freedom: Float[np.ndarray, "..."]

    def reach(self) -> Float[np.ndarray, "..."]:
        """Half the width of the 95 % interval (Student's t)."""
        return np.asarray(stats.t.ppf(0.975, self.freedom) * self.error)

    def p_value(self) -> Float[np.ndarray, "..."]:
        """Of a two-sided t-test against zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2 * stats.t.sf(np.abs(self.value / self.error), self.freedom))


def class_parts(
    mean: Float[np.ndarray, "c k"],
    variance: Float[np.ndarray, "c k"],
    count: Int[np.ndarray, "c k"],
) -> tuple[Estimate, Estimate]:
    """Take class means apart: what is common to all classes, and each class's own part.

    The common part is the mean of the classes' means, each class weighing alike; a class's own
    part is its mean minus that, so that the two add up to its mean. Errors are of the pictures,
    for these classes; degrees of freedom are Welch's and Satterthwaite's. Classes of one picture,
    whose spread is unknown, are not in the common part, and their own part has no error.

    Parameters
    ----------
    mean, variance, count
        Of the pictures of each class (``variance`` with n - 1), one column a phrase.

    Returns
    -------
    tuple of Estimate
        The common part (one a phrase), and the own parts (classes × phrases); all NaN where a
        phrase has fewer than two classes of two pictures.
    """
    known = count > 1
    n_classes = known.sum(axis=0)
    # Of fewer than two classes nothing is told.
    share = 1 / np.where(n_classes > 1, n_classes, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_mean = np.where(known, variance / count, 0.0)
        squared = np.where(known, np.square(of_mean) / (count - 1), 0.0)
    common = share * np.where(known, mean, 0.0).sum(axis=0)
    total, total_squared = share**2 * of_mean.sum(axis=0), share**4 * squared.sum(axis=0)
    # A class is in the common part too: in its own part its mean weighs 1 - share.
    own = total + ((1 - share) ** 2 - share**2) * of_mean
    own_squared = total_squared + ((1 - share) ** 4 - share**4) * squared
    return (
        _estimate(common, total, total_squared),
        _estimate(
            np.where(count > 0, mean, np.nan) - common, np.where(known, own, np.nan), own_squared
        ),
    )


def _estimate(value: np.ndarray, variance: np.ndarray, squared: np.ndarray) -> Estimate:
    """With Satterthwaite's degrees of freedom; where nothing varies, any would do."""
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(squared > 0, np.square(variance) / squared, 1.0)
    return Estimate(value, np.sqrt(variance), freedom)
