"""What a line can read: closed-form readers of a target from some view of the features.

Two kinds are fitted from the same moments, for any number of ridge strengths from one
eigendecomposition: ridge regression on indicators of the values, and linear discriminant
analysis whose within-value covariance is shrunk towards a multiple of the identity.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import linalg

from sing_core.geometry.moments import Moments

#: Kinds of readers, and their ridge strengths in units of the mean variance of a coordinate.
KINDS = ("ridge", "lda")
STRENGTHS = tuple(10.0 ** np.arange(-5, 2))


@dataclass(frozen=True)
class Reader:
    """Scores of values, linear in a view: the largest is what it reads.

    Attributes
    ----------
    weight, bias
        The bias of a value that no picture to fit on has is minus infinity.
    """

    kind: str
    strength: float
    weight: Float[np.ndarray, "q k"]
    bias: Float[np.ndarray, " k"]

    def scores(self, view: Float[np.ndarray, "n q"]) -> Float[np.ndarray, "n k"]:
        """A score a value."""
        return np.asarray(view @ self.weight + self.bias)

    def __call__(self, view: Float[np.ndarray, "n q"]) -> Int[np.ndarray, " n"]:
        """The value that it reads of each picture."""
        return np.asarray(self.scores(view).argmax(axis=1))


class ReaderFits:
    """Readers of one view, for every target, kind and strength.

    Parameters
    ----------
    moments
        Of the view and of indicators (0 or 1) of all targets' values, side by side.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self._covariance = moments.xx / moments.n
        values, self._axes = linalg.eigh(self._covariance, driver="evd")
        self._values = np.maximum(values, 0.0)
        self._along = self._axes.T @ moments.xy
        #: What strengths are counted in; 1 where nothing varies.
        self.unit = float(self._values.mean()) or 1.0

    def reader(self, kind: str, strength: float, columns: slice) -> Reader:
        """Fit the reader of one target, whose values have these columns.

        Ridge regression on indicators has the total covariance S and weights
        ``(S + λ)⁻¹ C``, with C the values' covariances with the view. Discriminant analysis has the
        covariance within values, ``S - M diag(p) M'``, M being the values' means about that of all
        and p their shares; its inverse comes from that of S by Woodbury's identity.
        """
        moments, ridge = self.moments, strength * self.unit
        share = moments.mean_y[columns]
        is_there = share > 0
        p = np.where(is_there, share, 1.0)
        along = self._along[:, columns] / moments.n
        if kind == "ridge":
            weight = self._axes @ (along / (self._values + ridge)[:, None])
            bias = share - moments.mean_x @ weight
        else:
            means = np.where(is_there, along / p, 0.0)
            within = means / (self._values + ridge)[:, None]
            gram = means.T @ within
            within = linalg.solve((np.eye(len(p)) - p[:, None] * gram).T, within.T).T
            weight = self._axes @ within
            offset = 0.5 * np.einsum("qk,qk->k", means, within)
            bias = np.log(p) - offset - moments.mean_x @ weight
        return Reader(kind, strength, weight, np.where(is_there, bias, -np.inf))

    def readers(self, columns: slice) -> list[Reader]:
        """Every kind and strength of one target, in a fixed order."""
        return [self.reader(kind, strength, columns) for kind in KINDS for strength in STRENGTHS]


def best_of(readers: list[Reader], right: Int[np.ndarray, " r"]) -> Reader:
    """The reader that is right most often; of equals, the one with the strongest ridge."""
    return max(zip(right, readers, strict=True), key=lambda one: (one[0], one[1].strength))[1]
