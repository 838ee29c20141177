"""What a score of null removal is to be read against: other steps, made in the same way.

Null removal takes the null part away. Its *complement* takes the principal
part away; *centered* removal leaves the part's mean. Its *controls* take away
something of the same size that the head knows nothing about, or all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from sing_core.angles import angle_deg, unit
from sing_core.null_space import HeadDecomposition
from sing_core.subspaces import PartMap, Subspace
from sing_core.translator import LinearTranslator

#: Draws of each kind of control.
DRAWS = 5


@dataclass(frozen=True)
class Moved:
    """Scores of a batch of images after some step, angles in degrees."""

    as_deg: Float[np.ndarray, " n"]
    is_deg: Float[np.ndarray, " n"]
    logit_l2: Float[np.ndarray, " n"]
    flipped: Bool[np.ndarray, " n"]


class Controls:
    """Steps away from a batch of features, seen in the space and by the head.

    Parameters
    ----------
    mean
        The mean feature, for centered removal.
    """

    def __init__(
        self,
        weight: Float[np.ndarray, "c m"],
        bias: Float[np.ndarray, " c"],
        head: HeadDecomposition,
        translator: LinearTranslator,
        features: Float[np.ndarray, "n m"],
        texts: Float[np.ndarray, "n s"],
        mean: Float[np.ndarray, " m"],
    ) -> None:
        self.weight, self.head, self.translator = weight.astype(np.float64), head, translator
        self.features, self.texts, self.mean = np.asarray(features, np.float64), texts, mean
        self._z = translator(self.features)
        self._bias = bias
        self._logits = self.features @ self.weight.T + bias
        self._angle = angle_deg(self._z, texts)
        null = self.features @ head.null
        self._length = np.linalg.norm(null, axis=1)[:, None]

    def _moved(
        self, in_space: Float[np.ndarray, "n s"], in_logits: Float[np.ndarray, "n c"]
    ) -> Moved:
        after = self._z - in_space
        return Moved(
            as_deg=self._angle - angle_deg(after, self.texts),
            is_deg=angle_deg(self._z, after),
            logit_l2=np.linalg.norm(in_logits, axis=1),
            flipped=(self._logits - in_logits).argmax(axis=1) != self._logits.argmax(axis=1),
        )

    def removals(self) -> Iterator[tuple[str, Moved]]:
        """Yield null and principal removal, each plain and centered."""
        part = self._part(Subspace.null_of(self.head))
        for suffix, vectors in (("", self.features), ("_centered", self.features - self.mean)):
            whole = part.whole(vectors)
            inside = part(vectors, whole)
            yield f"null{suffix}", self._moved(*inside)
            rest = [all_of_it - null for all_of_it, null in zip(whole, inside, strict=True)]
            yield f"principal{suffix}", self._moved(*rest)

    def _part(self, subspace: Subspace) -> PartMap:
        return PartMap(subspace, self.translator.weight, self.weight)

    def draws(self, seed: int) -> Iterator[tuple[str, int, Moved]]:
        """Yield every kind of control, draw by draw: (kind, draw, scores).

        ``random_subspace`` removes what lies in a random subspace of the null
        space's dimension. The others are steps as long as the null part: each
        image in a random direction (``random_vector``), along one of the head's
        leading singular directions a draw, forth or back (``principal``), and each
        image in a direction drawn from the features' covariance (``covariance``).
        """
        rng = np.random.default_rng(seed)
        n, m = self.features.shape
        centered = self.features - self.features.mean(axis=0)
        whole = [self._z - self.translator.bias, self._logits - self._bias]
        for draw in range(DRAWS):
            some = self._part(Subspace.random(self.head, rng))
            yield "random_subspace", draw, self._moved(*some(self.features, whole))
            yield "random_vector", draw, self._step(rng.standard_normal((n, m)))
            leading = self.head.principal[:, draw % self.head.rank]
            yield "principal", draw, self._step(rng.choice([-1.0, 1.0], (n, 1)) * leading)
            yield "covariance", draw, self._step(rng.standard_normal((n, n)) @ centered)

    def _step(self, directions: Float[np.ndarray, "n m"]) -> Moved:
        directions = unit(directions)
        in_space, in_logits = (
            self._length * (directions @ matrix.T)
            for matrix in (self.translator.weight, self.weight)
        )
        return self._moved(in_space, in_logits)
