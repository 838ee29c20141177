"""Sums of features a block of images and value of a group."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from sing_core.statistics.jackknife import BLOCKS


@dataclass
class ValueSums:
    """Sums of features a block of images and value: from these follow all means.

    Memory is blocks × values × features, whatever the number of images.
    """

    n_values: int
    n_features: int
    count: Int[np.ndarray, "b k"] = field(init=False)
    total: Float[np.ndarray, "b k m"] = field(init=False)

    def __post_init__(self) -> None:
        self.count = np.zeros((BLOCKS, self.n_values), dtype=np.int64)
        self.total = np.zeros((BLOCKS, self.n_values, self.n_features))

    def add(
        self,
        features: Float[np.ndarray, "n m"],
        value: Int[np.ndarray, " n"],
        block: Int[np.ndarray, " n"],
    ) -> None:
        """Take in a batch of features, each image's value, and its block."""
        if not len(features):
            return
        place = block * self.n_values + value
        places, row = np.unique(place, return_inverse=True)
        summing = sparse.csr_array((np.ones(len(row)), (row, np.arange(len(row)))))
        sums = summing @ np.asarray(features, dtype=np.float64)
        self.total.reshape(-1, self.n_features)[places] += sums
        self.count += np.bincount(place, minlength=self.count.size).reshape(self.count.shape)

    def mean(self) -> Float[np.ndarray, " m"]:
        """Mean feature over all images."""
        return self.total.sum(axis=(0, 1)) / self.count.sum()
