"""Linear maps of the part of vectors that lies in a subspace, without an m × m projector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

from sing_core.null_space import HeadDecomposition


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
    def null_of(cls, head: HeadDecomposition) -> "Subspace":
        """What a head does not see."""
        if head.null_dim <= head.rank:
            return cls(head.null, is_complement=False)
        return cls(head.principal, is_complement=True)

    @classmethod
    def random(cls, head: HeadDecomposition, rng: np.random.Generator) -> "Subspace":
        """As many dimensions as the null space, in random position; orthonormal to 1e-6.

        In single precision: a control's position is random, and need not be exact.
        """
        narrow = min(head.rank, head.null_dim)
        drawn = rng.standard_normal((head.rank + head.null_dim, narrow), dtype=np.float32)
        # Orthonormalized by Cholesky: at most half as wide as high, a Gaussian matrix is well
        # conditioned (under 6), and few large products are faster than a Householder QR.
        factor = linalg.cholesky(drawn.T @ drawn, lower=True)
        basis = linalg.solve_triangular(factor, drawn.T, lower=True).T
        return cls(np.ascontiguousarray(basis), is_complement=narrow < head.null_dim)


class PartMap:
    """``x -> M P x``: linear maps of what lies in a subspace, one for each matrix M.

    In float64, or in float32 at half the cost where only means are wanted of what
    comes out; vectors are to come in the same precision.
    """

    def __init__(
        self,
        subspace: Subspace,
        *matrices: Float[np.ndarray, "_ m"],
        dtype: type[np.floating] = np.float64,
    ) -> None:
        self.subspace = Subspace(subspace.basis.astype(dtype), subspace.is_complement)
        self.matrices = [np.asarray(matrix, dtype=dtype) for matrix in matrices]
        self._of_basis = [matrix @ self.subspace.basis for matrix in self.matrices]

    def whole(self, vectors: Float[np.ndarray, "n m"]) -> list[Float[np.ndarray, "n _"]]:
        """``M x`` for each matrix."""
        return [vectors @ matrix.T for matrix in self.matrices]

    def __call__(
        self,
        vectors: Float[np.ndarray, "n m"],
        whole: Sequence[Float[np.ndarray, "n _"]] | None = None,
    ) -> list[Float[np.ndarray, "n _"]]:
        """Map rows; ``whole`` need not be computed again where it is known."""
        if whole is None and self.subspace.is_complement:
            whole = self.whole(vectors)
        return self.of(vectors @ self.subspace.basis, whole)

    def of(
        self,
        coordinates: Float[np.ndarray, "n q"],
        whole: Sequence[Float[np.ndarray, "n _"]] | None,
    ) -> list[Float[np.ndarray, "n _"]]:
        """The same from coordinates in the basis; of a complement, ``whole`` is needed too."""
        inside = [coordinates @ of_basis.T for of_basis in self._of_basis]
        if not self.subspace.is_complement:
            return inside
        assert whole is not None
        return [all_of_it - part for all_of_it, part in zip(whole, inside, strict=True)]
