"""Attribute Score and Image Score of null removal, a batch of images at a time."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from scipy.special import logsumexp, softmax

from sing_core.geometry.angles import angle_deg, angles_deg
from sing_core.geometry.equivalent_pairs import null_coordinates, null_energy
from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.random_directions import random_signs
from sing_core.geometry.translator import LinearTranslator


@dataclass(frozen=True)
class PairScores:
    """Scores of a batch of images: each against its own class's text, and every concept.

    Angles in degrees. ``as_deg`` is positive where the equivalent is closer to
    the text than the original. An angle to a zero vector is NaN. The controls
    are the same scores of a step as long as the null part in a random direction.
    ``kl`` (nats) and ``flipped`` say what null removal does to the predicted
    probabilities and class: nothing, unless the null space is an approximate one.
    """

    predicted_index: Int[np.ndarray, " n"]
    as_deg: Float[np.ndarray, " n"]
    is_deg: Float[np.ndarray, " n"]
    angle_original_deg: Float[np.ndarray, " n"]
    angle_equivalent_deg: Float[np.ndarray, " n"]
    null_energy: Float[np.ndarray, " n"]
    max_abs_logit_drift: Float[np.ndarray, " n"]
    kl: Float[np.ndarray, " n"]
    flipped: Bool[np.ndarray, " n"]
    concept_original_deg: Float[np.ndarray, "n k"]
    concept_equivalent_deg: Float[np.ndarray, "n k"]
    concept_control_deg: Float[np.ndarray, "n k"]
    control_as_deg: Float[np.ndarray, " n"]
    control_is_deg: Float[np.ndarray, " n"]

    def without_concepts(self) -> "PairScores":
        """The same without the angles to concepts, which take the most memory."""
        none = np.empty((len(self.as_deg), 0))
        return replace(
            self, concept_original_deg=none, concept_equivalent_deg=none, concept_control_deg=none
        )


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
        spaces: HeadDecomposition,
        translator: LinearTranslator,
        class_texts: Float[np.ndarray, "t s"],
        concept_texts: Float[np.ndarray, "k s"],
        seed: int = 0,
    ) -> None:
        self.weight = np.asarray(weight, dtype=np.float64)
        self.bias = np.asarray(bias, dtype=np.float64)
        self.spaces = spaces
        self.translator = translator
        self.class_texts = np.asarray(class_texts, dtype=np.float64)
        self.concept_texts = np.asarray(concept_texts, dtype=np.float64)
        self._null_to_space = translator.weight @ spaces.null
        self._null_to_logits = self.weight @ spaces.null
        self._seed = seed

    def score(
        self,
        features: Float[np.ndarray, "n m"],
        class_index: Int[np.ndarray, " n"],
        keys: UInt64[np.ndarray, " n"] | None = None,
    ) -> PairScores:
        """Score a batch of features whose true classes are rows of ``class_texts``.

        ``keys`` give each image's control its random direction; by default
        their places in the batch.

        References
        ----------
        SING, equations 7 (AS), 8 (IS) and 9 (null removal).
        """
        features = np.asarray(features, dtype=np.float64)
        null = null_coordinates(features, self.spaces)
        original = self.translator(features)
        equivalent = original - null @ self._null_to_space.T
        text = self.class_texts[class_index]
        angle_original = angle_deg(original, text)
        angle_equivalent = angle_deg(equivalent, text)
        keys = np.arange(len(features), dtype=np.uint64) if keys is None else keys
        n_features = features.shape[1]
        random = random_signs(keys, n_features, self._seed) @ self.translator.weight.T
        length = np.linalg.norm(null, axis=1)[:, None] / np.sqrt(n_features)
        elsewhere = original - length * random
        logits = features @ self.weight.T + self.bias
        change = null @ self._null_to_logits.T
        predicted = logits.argmax(axis=1)
        return PairScores(
            predicted_index=predicted,
            as_deg=angle_original - angle_equivalent,
            is_deg=angle_deg(original, equivalent),
            angle_original_deg=angle_original,
            angle_equivalent_deg=angle_equivalent,
            null_energy=null_energy(features, null),
            max_abs_logit_drift=np.abs(change).max(axis=1, initial=0.0),
            kl=_kl(logits, change),
            flipped=(logits - change).argmax(axis=1) != predicted,
            concept_original_deg=angles_deg(original, self.concept_texts),
            concept_equivalent_deg=angles_deg(equivalent, self.concept_texts),
            concept_control_deg=angles_deg(elsewhere, self.concept_texts),
            control_as_deg=angle_original - angle_deg(elsewhere, text),
            control_is_deg=angle_deg(original, elsewhere),
        )


def _kl(
    logits: Float[np.ndarray, "n c"], change: Float[np.ndarray, "n c"]
) -> Float[np.ndarray, " n"]:
    """Sum of p log(p / q) in nats, p = softmax(logits) before and q after the change."""
    apart = (softmax(logits, axis=1) * change).sum(axis=1)
    kl = apart + logsumexp(logits - change, axis=1) - logsumexp(logits, axis=1)
    return np.maximum(np.asarray(kl), 0.0)
