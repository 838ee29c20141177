"""Parts of vectors that lie in a subspace, without an m × m projector."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import fft

from sing_core.geometry.null_space import HeadDecomposition


@dataclass(frozen=True)
class Subspace:
    """A subspace of feature space, known by its basis or, where that is narrower, its complement's.

    Attributes
    ----------
    basis
        Orthonormal, one direction a column.
    """

    basis: Float[np.ndarray, "m q"]
    is_complement: bool

    @classmethod
    def null_of(cls, spaces: HeadDecomposition) -> "Subspace":
        """What a head does not see."""
        if spaces.null_dim <= spaces.rank:
            return cls(spaces.null, is_complement=False)
        return cls(spaces.principal, is_complement=True)

    def part(self, vectors: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """What of each vector lies in the subspace."""
        inside = (vectors @ self.basis) @ self.basis.T
        return vectors - inside if self.is_complement else inside


@dataclass(frozen=True)
class RandomSubspace:
    """A subspace in random position: random frequencies of vectors whose signs are random.

    Random signs and a cosine transform turn space at random, and some coordinates
    of what comes out span the subspace. Unlike a basis drawn from all (Haar), it
    needs no orthonormalization and no matrix products, and its projector has the
    same mean: on average, the same share of every direction lies in it.

    References
    ----------
    Ailon and Chazelle, The fast Johnson-Lindenstrauss transform, 2009.
    """

    signs: Float[np.ndarray, " m"]
    inside: Bool[np.ndarray, " m"]

    @classmethod
    def draw(cls, m: int, dim: int, rng: np.random.Generator) -> "RandomSubspace":
        """Draw one of ``dim`` dimensions in a space of m."""
        signs = rng.choice([-1.0, 1.0], m)
        inside = np.zeros(m, dtype=bool)
        inside[rng.permutation(m)[:dim]] = True
        return cls(signs, inside)

    def part(self, vectors: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """What of each vector lies in the subspace, in the vectors' precision."""
        signs = self.signs.astype(vectors.dtype)
        turned = fft.dct(vectors * signs, norm="ortho", axis=1)
        turned[:, ~self.inside] = 0
        return np.asarray(fft.idct(turned, norm="ortho", axis=1, overwrite_x=True)) * signs
