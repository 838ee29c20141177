"""Attribute Score and Image Score of null removal, a batch of images at a time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from sing_core.angles import angle_deg, angles_deg, unit
from sing_core.equivalent_pairs import null_coordinates
from sing_core.null_space import HeadDecomposition
from sing_core.translator import LinearTranslator


@dataclass(frozen=True)
class PairScores:
    """Scores of a batch of images: each against its own class's text, and every concept.

    Angles in degrees. ``as_deg`` is positive where the equivalent is closer to
    the text than the original. An angle to a zero vector is NaN. The controls
    are the same scores of a step as long as the null part in a random direction.
    """

    predicted_index: Int[np.ndarray, " n"]
    as_deg: Float[np.ndarray, " n"]
    is_deg: Float[np.ndarray, " n"]
    angle_original_deg: Float[np.ndarray, " n"]
    angle_equivalent_deg: Float[np.ndarray, " n"]
    null_energy: Float[np.ndarray, " n"]
    max_abs_logit_drift: Float[np.ndarray, " n"]
    concept_original_deg: Float[np.ndarray, "n k"]
    concept_equivalent_deg: Float[np.ndarray, "n k"]
    control_as_deg: Float[np.ndarray, " n"]
    control_is_deg: Float[np.ndarray, " n"]


#: Random directions that images share as controls: enough for a median over images.
CONTROL_DIRECTIONS = 256


class PairScorer:
    """Scores null removal for one classifier head and one translator.

    What does not depend on the image is multiplied out once: the null part of
    a feature reaches the space through ``A Vn`` and the logits through
    ``W Vn``, so a batch costs a few matrix products and the equivalent feature
    itself need not be formed.
    """

    def __init__(
        self,
        weight: Float[np.ndarray, "c m"],
        bias: Float[np.ndarray, " c"],
        head: HeadDecomposition,
        translator: LinearTranslator,
        class_texts: Float[np.ndarray, "t s"],
        concept_texts: Float[np.ndarray, "k s"],
        seed: int = 0,
    ) -> None:
        self.weight = np.asarray(weight, dtype=np.float64)
        self.bias = np.asarray(bias, dtype=np.float64)
        self.head = head
        self.translator = translator
        self.class_texts = np.asarray(class_texts, dtype=np.float64)
        self.concept_texts = np.asarray(concept_texts, dtype=np.float64)
        self._null_to_space = translator.weight @ head.null
        self._null_to_logits = self.weight @ head.null
        rng = np.random.default_rng(seed)
        directions = unit(rng.standard_normal((CONTROL_DIRECTIONS, self.weight.shape[1])))
        self._control_to_space = directions @ translator.weight.T

    def score(
        self,
        features: Float[np.ndarray, "n m"],
        class_index: Int[np.ndarray, " n"],
        control: Int[np.ndarray, " n"] | None = None,
    ) -> PairScores:
        """Score a batch of features whose true classes are rows of ``class_texts``.

        ``control`` says which random direction each image's control takes; by
        default they take turns.

        References
        ----------
        SING, equations 7 (AS), 8 (IS) and 9 (null removal).
        """
        features = np.asarray(features, dtype=np.float64)
        null = null_coordinates(features, self.head)
        original = self.translator(features)
        equivalent = original - null @ self._null_to_space.T
        text = self.class_texts[class_index]
        angle_original = angle_deg(original, text)
        angle_equivalent = angle_deg(equivalent, text)
        control = np.arange(len(features)) if control is None else control
        length = np.linalg.norm(null, axis=1)[:, None]
        elsewhere = original - length * self._control_to_space[control % CONTROL_DIRECTIONS]
        with np.errstate(divide="ignore", invalid="ignore"):
            energy = np.square(null).sum(axis=1) / np.square(features).sum(axis=1)
        return PairScores(
            predicted_index=(features @ self.weight.T + self.bias).argmax(axis=1),
            as_deg=angle_original - angle_equivalent,
            is_deg=angle_deg(original, equivalent),
            angle_original_deg=angle_original,
            angle_equivalent_deg=angle_equivalent,
            null_energy=energy,
            max_abs_logit_drift=np.abs(null @ self._null_to_logits.T).max(axis=1, initial=0.0),
            concept_original_deg=angles_deg(original, self.concept_texts),
            concept_equivalent_deg=angles_deg(equivalent, self.concept_texts),
            control_as_deg=angle_original - angle_deg(elsewhere, text),
            control_is_deg=angle_deg(original, elsewhere),
        )
