"""How much of the features' variance lies in the null space, streamed."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from sing_core.geometry.null_space import HeadDecomposition


@dataclass
class FeatureSpread:
    """Sums from which follow the mean feature and the null space's share of the variance.

    Memory is one feature, whatever the number of images.
    """

    n_features: int
    n: int = 0
    squares: float = 0.0
    null_squares: float = 0.0
    total: Float[np.ndarray, " m"] = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros(self.n_features)

    def add(self, features: Float[np.ndarray, "n m"], null_energy: Float[np.ndarray, " n"]) -> None:
        """Take in features and their null energies (NaN of a zero feature)."""
        features = features.astype(np.float64)
        squares = np.square(features).sum(axis=1)
        self.n += len(features)
        self.total += features.sum(axis=0)
        self.squares += float(squares.sum())
        self.null_squares += float(np.nansum(squares * null_energy))

    @property
    def mean(self) -> Float[np.ndarray, " m"]:
        """The mean feature."""
        return self.total / self.n

    def null_share(self, spaces: HeadDecomposition) -> float:
        """Share of the variance (0 to 1) that is in the null space; NaN where there is none."""
        mean = self.mean
        whole = self.squares - self.n * float(mean @ mean)
        null = self.null_squares - self.n * float(np.square(mean @ spaces.null).sum())
        return null / whole if whole > 0 else float("nan")
