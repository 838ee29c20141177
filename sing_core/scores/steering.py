"""Steering: steps inside the null space that turn a feature's translation towards a text.

One step along the null part of the gradient of the cosine with the text. The
gradient, the angle that a step makes, and the step that makes an angle all have
closed forms, and all of them need inner products only. So a batch of images
and texts costs a few matrix products; no feature is ever formed.

With ``z = T f``, its unit vector ``z^`` and the unit text ``t``, the gradient of
``s = cos(z, t)`` by f is ``A^T (t - s z^) / |z|``. Its null part, at unit length,
moves the translation along ``v = A d``, so everything follows from the angles
and lengths among ``z``, ``t`` and ``v``.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from sing_core.geometry.angles import angle_of_cosine_deg, unit
from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.translator import LinearTranslator


@dataclass(frozen=True)
class Directions:
    """Steering directions of a batch of images towards each text, as they meet in the space.

    Attributes
    ----------
    unit
        Each image's translation z, at length 1.
    length
        Of z.
    towards
        Cosine of z and the text.
    along, across
        Part of v along z and across it: v is how z moves per unit of step in
        feature space.
    gain
        Inner product of v and the text.
    gradient
        Length of the null part of ``A^T u``, u being what of the unit text is across
        the unit z: what v was divided by. NaN where the translator does not see any.
    """

    unit: Float[np.ndarray, "n s"]
    length: Float[np.ndarray, "n 1"]
    towards: Float[np.ndarray, "n k"]
    along: Float[np.ndarray, "n k"]
    across: Float[np.ndarray, "n k"]
    gain: Float[np.ndarray, "n k"]
    gradient: Float[np.ndarray, "n k"]

    @property
    def limit_deg(self) -> Float[np.ndarray, "n k"]:
        """The angle that no step reaches, however long: that between z and v."""
        return np.degrees(np.arctan2(self.across, self.along))

    def reachable(self, is_deg: float) -> Bool[np.ndarray, "n k"]:
        """Whether some step turns the translation by this angle."""
        with np.errstate(invalid="ignore"):
            return self.limit_deg > is_deg

    def step_for(self, is_deg: float) -> Float[np.ndarray, "n k"]:
        """Step length (of the feature) that turns the translation by an angle; NaN where none does.

        Notes
        -----
        From the triangle of z, the step and the moved z; it holds beyond 90
        degrees too.
        """
        sine, cosine = np.sin(np.radians(is_deg)), np.cos(np.radians(is_deg))
        # Positive where the angle is below the limit: the sine of what is left to it.
        left = self.across * cosine - self.along * sine
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.length * sine / np.where(left > 0, left, np.nan)

    def after(
        self, step: Float[np.ndarray, "n k"] | float
    ) -> tuple[Float[np.ndarray, "n k"], Float[np.ndarray, "n k"]]:
        """AS and IS after a step of this length in feature space, in degrees.

        AS is positive where the image moved towards the text, as everywhere.
        """
        across, along = step * self.across, self.length + step * self.along
        is_deg = np.degrees(np.arctan2(across, along))
        moved = np.sqrt(np.square(across) + np.square(along))
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = (self.length * self.towards + step * self.gain) / moved
        return angle_of_cosine_deg(self.towards) - angle_of_cosine_deg(cosine), is_deg


def inside_and_outside(
    weight: Float[np.ndarray, "c m"],
    spaces: HeadDecomposition,
    translator: LinearTranslator,
    texts: Float[np.ndarray, "k s"],
) -> "tuple[Steering, Steering]":
    """Steering inside the null space, and its control: by what the head sees."""
    inside, outside = (
        Steering(weight, spaces, translator, texts, outside=elsewhere)
        for elsewhere in (False, True)
    )
    return inside, outside


class Steering:
    """Steers features of one head by one translator towards fixed texts.

    With ``outside``, by the part of the gradient that the head sees instead: the control of a
    step as long that is not in the null space.

    References
    ----------
    SING, equations 10 to 13, and table 1 for steps of a given IS.
    """

    def __init__(
        self,
        weight: Float[np.ndarray, "c m"],
        spaces: HeadDecomposition,
        translator: LinearTranslator,
        texts: Float[np.ndarray, "k s"],
        *,
        outside: bool = False,
    ) -> None:
        basis = spaces.principal if outside else spaces.null
        to_space = translator.weight @ basis
        self._basis, self._to_space = basis, to_space
        self._gram = to_space @ to_space.T
        # Below this, what the translator sees of the null space is rounding.
        self._nothing = 1e-20 * float(np.square(translator.weight).sum())
        # The head's view of a step along that part of A^T u, for any u of the space.
        self._to_logits = (np.asarray(weight, dtype=np.float64) @ basis) @ to_space.T
        self._aim(texts)

    def towards(self, texts: Float[np.ndarray, "k s"]) -> "Steering":
        """The same towards other texts."""
        other = copy(self)
        other._aim(texts)
        return other

    def _aim(self, texts: Float[np.ndarray, "k s"]) -> None:
        self._texts = unit(texts)
        self._text_gram = self._texts @ self._gram
        self._text_null = (self._text_gram * self._texts).sum(axis=1)
        self._text_twice = np.square(self._text_gram).sum(axis=1)

    def directions(self, z: Float[np.ndarray, "n s"]) -> Directions:
        """Steering directions from translated features ``z = T f`` towards every text."""
        z_unit = unit(z)
        seen = z_unit @ self._gram
        z_null = (seen * z_unit).sum(axis=1)[:, None]
        z_twice = np.square(seen).sum(axis=1)[:, None]
        t_null, t_twice = self._text_null, self._text_twice
        towards = z_unit @ self._texts.T
        both, both_twice = seen @ self._texts.T, seen @ self._text_gram.T
        # |u|² and |P u|² of u = t - s z^ in the metric of the null space, and v's products.
        squared = t_null - 2 * towards * both + towards**2 * z_null
        norm = np.sqrt(np.where(squared > self._nothing, squared, np.nan))
        twice = t_twice - 2 * towards * both_twice + towards**2 * z_twice
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (both - towards * z_null) / norm
            across = np.sqrt(np.maximum(twice / norm**2 - along**2, 0))
            gain = (t_null - towards * both) / norm
        length = np.linalg.norm(z, axis=1)[:, None]
        return Directions(z_unit, length, towards, along, across, gain, norm)

    def logit_drift(
        self, found: Directions, step: Float[np.ndarray, "n k"]
    ) -> Float[np.ndarray, "n k"]:
        """Largest change of a logit that each step makes: what the head sees of it."""
        of_images = found.unit @ self._to_logits.T
        drift = np.empty_like(step)
        for k, of_text in enumerate(self._texts @ self._to_logits.T):
            change = of_text - found.towards[:, k : k + 1] * of_images
            drift[:, k] = np.maximum(change.max(axis=1), -change.min(axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return drift * step / found.gradient

    def moved_features(
        self, features: Float[np.ndarray, "n m"], found: Directions, step: Float[np.ndarray, "n k"]
    ) -> Float[np.ndarray, "n k m"]:
        """Features after a step of this length towards each text; NaN where the step is."""
        u = self._texts - found.towards[..., None] * found.unit[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (step / found.gradient)[..., None]
        change = scale * ((u @ self._to_space) @ self._basis.T)
        return features[:, None] + np.where(step[..., None] == 0, 0.0, change)

    def moved(
        self, z: Float[np.ndarray, "n s"], found: Directions, step: Float[np.ndarray, "n k"]
    ) -> Float[np.ndarray, "n k s"]:
        """Translations after a step of this length towards each text; NaN where the step is.

        No step leaves a translation as it is, also where there is no direction to go.
        """
        null = self._text_gram - found.towards[..., None] * (found.unit @ self._gram)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = step[..., None] * null / found.gradient[..., None]
        return z[:, None] + np.where(step[..., None] == 0, 0.0, change)
