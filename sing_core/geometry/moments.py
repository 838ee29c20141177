"""Moments: means and centered products of features and targets, streamed over shards."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy import sparse


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

    def part(self, place: slice) -> "Moments":
        """The moments of some of the features' coordinates, and y."""
        some = Moments(len(range(*place.indices(self.n_features))), self.n_targets)
        some.n, some.mean_x, some.mean_y = self.n, self.mean_x[place], self.mean_y
        some.xx, some.xy, some.yy = self.xx[place, place], self.xy[place], self.yy
        return some

    def of_targets(self, columns: slice) -> "Moments":
        """The moments of x and some of the targets."""
        some = Moments(self.n_features, len(range(*columns.indices(self.n_targets))))
        some.n, some.mean_x, some.xx = self.n, self.mean_x, self.xx
        some.mean_y, some.xy, some.yy = self.mean_y[columns], self.xy[:, columns], self.yy[columns]
        return some

    def merged(self, other: "Moments") -> "Moments":
        """The moments of both's items together, as if all had been added to one."""
        both = Moments(self.n_features, self.n_targets)
        for part in (self, other):
            if part.n:
                both._merge(part.n, part.mean_x, part.mean_y, part.xx, part.xy, part.yy)
        return both

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
