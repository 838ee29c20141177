"""What a score of null removal is to be read against: other steps, made in the same way.

Null removal takes the null part away. Its *complement* takes the principal
part away; *centered* removal leaves the part's mean. Its *controls* take away
something of the same size that the head knows nothing about, or all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from sing_core.geometry.angles import unit, unit_angle_deg
from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.subspaces import RandomSubspace, Subspace
from sing_core.geometry.translator import LinearTranslator

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

    Removals are computed in float64; random steps in float32, which is exact to a
    few millionths of the step, and their angles in float64 again.

    Parameters
    ----------
    mean
        The mean feature, for centered removal.
    """

    def __init__(
        self,
        weight: Float[np.ndarray, "c m"],
        bias: Float[np.ndarray, " c"],
        spaces: HeadDecomposition,
        translator: LinearTranslator,
        features: Float[np.ndarray, "n m"],
        texts: Float[np.ndarray, "n s"],
        mean: Float[np.ndarray, " m"],
    ) -> None:
        self.spaces, self.mean = spaces, mean
        self._features = np.asarray(features, dtype=np.float64)
        self._maps = [translator.weight.astype(np.float64), weight.astype(np.float64)]
        self._null_space = Subspace.null_of(spaces)
        null = self._null_space.part(self._features)
        self._whole = [self._features @ a.T for a in self._maps]
        self._null = [null @ a.T for a in self._maps]
        self._z = self._whole[0] + translator.bias
        self._logits = self._whole[1] + bias
        self._predicted = self._logits.argmax(axis=1)
        self._unit_z, self._texts = unit(self._z), unit(texts)
        self._angle = unit_angle_deg(self._unit_z, self._texts)
        self._length = np.linalg.norm(null, axis=1)

    def _moved(
        self, in_space: Float[np.ndarray, "n s"], in_logits: Float[np.ndarray, "n c"]
    ) -> Moved:
        after = unit(self._z - in_space)
        return Moved(
            as_deg=self._angle - unit_angle_deg(after, self._texts),
            is_deg=unit_angle_deg(self._unit_z, after),
            logit_l2=np.linalg.norm(in_logits, axis=1).astype(np.float64),
            flipped=(self._logits - in_logits).argmax(axis=1) != self._predicted,
        )

    def removals(self) -> Iterator[tuple[str, Moved]]:
        """Yield null and principal removal, each plain and centered."""
        mean = self.mean[None]
        null_of_mean = self._null_space.part(mean)
        for suffix, share in (("", 0.0), ("_centered", 1.0)):
            whole, null = (
                [part - share * (less @ a.T) for part, a in zip(parts, self._maps, strict=True)]
                for parts, less in ((self._whole, mean), (self._null, null_of_mean))
            )
            yield f"null{suffix}", self._moved(*null)
            rest = [all_of_it - part for all_of_it, part in zip(whole, null, strict=True)]
            yield f"principal{suffix}", self._moved(*rest)

    def draws(self, seed: int) -> Iterator[tuple[str, int, Moved]]:
        """Yield every kind of control, draw by draw: (kind, draw, scores).

        ``random_subspace`` removes what lies in a random subspace of the null
        space's dimension. The others are steps as long as the null part: each
        image in a random direction (``random_vector``), along one of the head's
        leading singular directions a draw, forth or back (``principal``), and each
        image in a direction drawn from the features' covariance (``covariance``).
        """
        rng = np.random.default_rng(seed)
        features, *maps = (a.astype(np.float32) for a in (self._features, *self._maps))
        n, m = features.shape
        # A drawn combination of features is seen as the same combination of what is seen of them,
        # and its length follows from their inner products: the direction need not be formed.
        centered = self._features - self._features.mean(axis=0)
        unit_of_length = float(np.abs(centered).max()) or 1.0  # squares stay within float32
        centered = (centered / unit_of_length).astype(np.float32)
        inner = centered @ centered.T
        seen = [
            ((part - part.mean(axis=0)) / unit_of_length).astype(np.float32) for part in self._whole
        ]
        for draw in range(DRAWS):
            part = RandomSubspace.draw(m, self.spaces.null_dim, rng).part(features)
            yield "random_subspace", draw, self._moved(*(part @ a.T for a in maps))
            drawn = rng.standard_normal((n, m), dtype=np.float32)
            step = self._step(np.einsum("nm,nm->n", drawn, drawn), [drawn @ a.T for a in maps])
            yield "random_vector", draw, step
            side = rng.choice([-1.0, 1.0], (n, 1)).astype(np.float32)
            leading = self.spaces.principal[:, draw % self.spaces.rank].astype(np.float32)
            step = self._step(np.ones(n), [side * (a @ leading) for a in maps])
            yield "principal", draw, step
            drawn = rng.standard_normal((n, n), dtype=np.float32)
            squares = np.einsum("nk,nk->n", drawn @ inner, drawn)
            yield "covariance", draw, self._step(squares, [drawn @ a for a in seen])

    def _step(
        self, squares: Float[np.ndarray, " n"], seen: list[Float[np.ndarray, "n _"]]
    ) -> Moved:
        """Scores of steps as long as the null part, from squared lengths and what is seen."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (self._length / np.sqrt(squares))[:, None].astype(np.float32)
            step = [scale * part for part in seen]
        return self._moved(*step)
