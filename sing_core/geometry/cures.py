"""Heads that see more, or less: closed forms that change a classifier head's weight.

*See* adds what tells classes apart in the null space, along Fisher's discriminants of the features'
null part. *Blind* takes away what tells the values of a group apart, by the least change of the
head in the metric of the features.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

from sing_core.geometry.moments import Moments

#: Added to the features' covariance, in units of its mean variance, where it is a metric.
_RIDGE = 1e-3

#: Singular values of an attribute's covariances below it, against the largest, are rounding.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class Head:
    """A linear head: ``logits = weight f + bias``."""

    weight: Float[np.ndarray, "c m"]
    bias: Float[np.ndarray, " c"]

    def logits(self, features: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n c"]:
        """Logits of features, in float64."""
        return np.asarray(features @ self.weight.T + self.bias)


@dataclass(frozen=True)
class Discriminants:
    """Fisher's discriminants of the classes in some coordinates, the strongest first.

    Attributes
    ----------
    directions
        Scaled so that the shrunken covariance within classes is the identity along them.
    means
        Of the classes along each direction, about the mean of all.
    """

    directions: Float[np.ndarray, "d q"]
    means: Float[np.ndarray, "c q"]

    @classmethod
    def of(cls, moments: Moments, strength: float) -> "Discriminants":
        """Find them from moments of the coordinates and of indicators of the classes.

        Parameters
        ----------
        strength
            The ridge of the covariance within classes, in units of the mean variance.
        """
        p = np.where(moments.mean_y > 0, moments.mean_y, 1.0)
        means = (moments.xy / moments.n / p).T
        total = moments.xx / moments.n
        within = total - (means.T * moments.mean_y) @ means
        within[np.diag_indices_from(within)] += strength * (np.trace(total) / len(total) or 1.0)
        factor = linalg.cholesky(within, lower=True)
        white = linalg.solve_triangular(factor, means.T * np.sqrt(moments.mean_y), lower=True)
        u, s, _ = linalg.svd(white, full_matrices=False)
        u = u[:, s > _ROUNDING * max(s.max(initial=0.0), 1e-300)]
        directions = linalg.solve_triangular(factor, u, lower=True, trans="T")
        return cls(directions, means @ directions)

    def gains(self, along: Float[np.ndarray, "n q"], rank: int) -> Float[np.ndarray, "n c"]:
        """What is added to each logit by coordinates along the first ``rank`` directions."""
        means = self.means[:, :rank]
        return np.asarray(along[:, :rank] @ means.T - 0.5 * np.square(means).sum(axis=1))


def see(
    head: Head,
    null: Float[np.ndarray, "m d"],
    moments: Moments,
    *,
    strength: float,
    rank: int,
    scale: float,
) -> Head:
    """Let a head see ``rank`` directions of its null space.

    To each logit is added ``scale`` times the log-likelihood of the class by the null part alone,
    a Gaussian about the class's mean with the covariance within classes, along the strongest
    discriminants. What the head saw before goes into the logits as it did: the change of the weight
    is zero on the principal space.

    Parameters
    ----------
    null
        Orthonormal basis of the null space.
    moments
        Of ``features @ null`` and of indicators of the head's classes.
    """
    found = Discriminants.of(moments, strength)
    directions, means = found.directions[:, :rank], found.means[:, :rank]
    along = scale * (means @ directions.T)
    offset = scale * 0.5 * np.square(means).sum(axis=1) + along @ moments.mean_x
    return Head(head.weight + along @ null.T, head.bias - offset)


@dataclass(frozen=True)
class Attribute:
    """How features go with the values of a group.

    Attributes
    ----------
    covariance
        Of the features.
    cross
        Covariances of the features with indicators of the values.
    """

    mean: Float[np.ndarray, " m"]
    covariance: Float[np.ndarray, "m m"]
    cross: Float[np.ndarray, "m k"]

    @classmethod
    def within_classes(
        cls,
        moments: Moments,
        classes: slice,
        values: slice,
        counts: Float[np.ndarray, "c k"],
    ) -> "Attribute":
        """What goes with the values among pictures of one class, over all classes together.

        What goes with them because some classes have a value more often is left out: to be blind to
        that would be to be blind to the class.

        Parameters
        ----------
        moments
            Of features and of indicators, which hold those of the classes and of the values.
        counts
            Pictures of each class and value.
        """
        n, share = moments.n, moments.mean_y[classes]
        is_there = share > 0
        p = np.where(is_there, share, 1.0)
        offset = moments.xy[:, classes] / n / p  # of each class's mean from that of all
        apart = counts / (n * p)[:, None] - moments.mean_y[values]
        cross = moments.xy[:, values] / n - (offset * share) @ apart
        return cls(moments.mean_x, moments.xx / n, cross)


def blind(head: Head, attribute: Attribute, *, strength: float = 1.0) -> Head:
    """Make a head blind to an attribute, by the least change in the metric of the features.

    With S the features' covariance and C the covariances of features and values, the new weight is
    the one with ``W' C = 0`` for which ``tr((W' - W) S (W' - W)')`` is smallest:
    ``W' = W (I - S^½ P S^-½)``, P being the projector on the columns of ``S^-½ C``. No linear
    reader of the logits can then tell the values, on the pictures that C is of. The logits of the
    mean feature stay.

    Parameters
    ----------
    strength
        1 for all of it; less takes only this share of the change.

    References
    ----------
    Belrose et al., LEACE: Perfect linear concept erasure in closed form, 2023.
    """
    covariance = attribute.covariance.copy()
    covariance[np.diag_indices_from(covariance)] += _RIDGE * np.trace(covariance) / len(covariance)
    values, axes = linalg.eigh(covariance, driver="evd")
    root = np.sqrt(np.maximum(values, values.max() * 1e-15))
    white = (axes.T @ attribute.cross) / root[:, None]
    u, s, _ = linalg.svd(white, full_matrices=False)
    u = u[:, s > _ROUNDING * max(s.max(initial=0.0), 1e-300)]
    # In the eigenvectors' coordinates, so that no root of a matrix is made.
    seen = (head.weight @ axes * root) @ u
    change = -strength * (seen @ u.T / root) @ axes.T
    return Head(head.weight + change, head.bias - change @ attribute.mean)
