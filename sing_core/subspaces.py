"""Linear maps of the part of vectors that lies in a subspace, without an m × m projector."""

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
        """As many dimensions as the null space, in random position."""
        narrow = min(head.rank, head.null_dim)
        drawn = rng.standard_normal((head.rank + head.null_dim, narrow))
        # Orthonormalized by Cholesky: at most half as wide as high, a Gaussian matrix is well
        # conditioned (under 6), and few large products are faster than a Householder QR.
        factor = linalg.cholesky(drawn.T @ drawn, lower=True)
        basis = linalg.solve_triangular(factor, drawn.T, lower=True).T
        return cls(np.ascontiguousarray(basis), is_complement=narrow < head.null_dim)


class PartMap:
    """``x -> M P x``: a linear map M of what lies in a subspace."""

    def __init__(self, subspace: Subspace, matrix: Float[np.ndarray, "s m"]) -> None:
        self.subspace, self.matrix = subspace, np.asarray(matrix, dtype=np.float64)
        self._of_basis = self.matrix @ subspace.basis

    def __call__(
        self, vectors: Float[np.ndarray, "n m"], whole: Float[np.ndarray, "n s"] | None = None
    ) -> Float[np.ndarray, "n s"]:
        """Map rows; ``whole = M x`` need not be computed again where it is known."""
        inside = (vectors @ self.subspace.basis) @ self._of_basis.T
        if not self.subspace.is_complement:
            return inside
        return (vectors @ self.matrix.T if whole is None else whole) - inside
