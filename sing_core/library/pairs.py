"""Equivalent pairs and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from sing_core.geometry import equivalent_pairs
from sing_core.geometry.angles import angle_deg, angles_deg
from sing_core.geometry.null_space import require_null_space
from sing_core.geometry.random_directions import random_signs
from sing_core.geometry.translator import LinearTranslator
from sing_core.library.given import matrix, same_width
from sing_core.library.head import Head
from sing_core.scores.concept_summary import ConceptSummary

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Pairs:
    """Features, and others that the head tells from them by nothing.

    Attributes
    ----------
    original, equivalent
        f and f~ (n × features), float64.
    null_energy
        ``|Πn f|² / |f|²`` of each original, 0 to 1; NaN of a zero feature.
    max_abs_logit_drift
        The largest change of a logit from f to f~, a row each.
    """

    original: Float[np.ndarray, "n m"]
    equivalent: Float[np.ndarray, "n m"]
    null_energy: Float[np.ndarray, " n"]
    max_abs_logit_drift: Float[np.ndarray, " n"]

    @classmethod
    def of(cls, original: np.ndarray, equivalent: np.ndarray, head: Head) -> "Pairs":
        """Pair features with their equivalents."""
        null = equivalent_pairs.null_coordinates(original, head.spaces)
        drift = (original - equivalent) @ head.weight.T
        return cls(
            original,
            equivalent,
            equivalent_pairs.null_energy(original, null),
            np.abs(drift).max(axis=1),
        )


def remove_null(features: Any, head: Head) -> Pairs:
    """Remove what the head cannot see: ``f~ = f - Πn f``, with the same logits as f.

    Parameters
    ----------
    features
        Penultimate features (n × features), an array or tensor; one row counts as n = 1.

    Raises
    ------
    NoNullSpaceError
        If the head sees every direction.
    ValueError
        If the features do not fit the head, or are not finite.

    References
    ----------
    SING, equation 9.

    Examples
    --------
    >>> import numpy as np, sing_core as sing
    >>> head = sing.decompose_head(np.array([[1.0, 0.0], [2.0, 0.0]]))
    >>> pairs = sing.remove_null(np.array([[3.0, 4.0]]), head)
    >>> pairs.equivalent.round(6) + 0, pairs.null_energy.round(6)
    (array([[3., 0.]]), array([0.64]))
    """
    rows = matrix(features, "features")
    same_width(rows, head.weight, "features and head")
    require_null_space(head.spaces, len(head.weight))
    return Pairs.of(rows, equivalent_pairs.remove_null(rows, head.spaces), head)


@dataclass(frozen=True)
class Scores:
    """How meaning moves from original to equivalent; angles in degrees.

    Attributes
    ----------
    as_deg
        Attribute Score towards each text (n × texts): positive where the equivalent is closer.
    is_deg
        Image Score (n): how far the translation turns at all. Always ``|as_deg| <= is_deg``.
    angle_original_deg, angle_equivalent_deg
        Angles to each text, before and after (n × texts).
    control_as_deg, control_is_deg
        The same scores of a step as long in a random direction, each row its own.
    """

    as_deg: Float[np.ndarray, "n k"]
    is_deg: Float[np.ndarray, " n"]
    angle_original_deg: Float[np.ndarray, "n k"]
    angle_equivalent_deg: Float[np.ndarray, "n k"]
    control_as_deg: Float[np.ndarray, "n k"]
    control_is_deg: Float[np.ndarray, " n"]

    def by_class(self, classes: Any, texts: Sequence[str] | None = None) -> "pl.DataFrame":
        """Mean AS of each class and text, in all and by what is the class's own.

        Parameters
        ----------
        classes
            The class of each row: names or numbers.
        texts
            Names of the texts; their numbers by default.

        Returns
        -------
        polars.DataFrame
            ``class, text`` and the columns of table ``concept_scores``: ``n, as_mean_deg,
            own_as_mean_deg, common_as_mean_deg``, each with interval, control and adjusted p.
        """
        import polars as pl

        names, index = np.unique(np.asarray(classes), return_inverse=True)
        if index.shape != self.is_deg.shape:
            raise ValueError(f"{index.size} classes for {self.is_deg.size} rows; need one each")
        words = list(texts) if texts is not None else list(range(self.as_deg.shape[1]))
        summary = ConceptSummary(len(names), len(words))
        control = self.angle_original_deg - self.control_as_deg
        summary.add(index, self.angle_original_deg, self.angle_equivalent_deg, control)
        columns = summary.result()
        of_class, of_text = columns.pop("class_index"), columns.pop("concept_id")
        return pl.DataFrame(
            {"class": names[of_class], "text": [words[k] for k in of_text], **columns},
            nan_to_null=True,
        )


def score_pairs(pairs: Pairs, translator: LinearTranslator, texts: Any, *, seed: int = 0) -> Scores:
    """Score how meaning moves between the members of each pair.

    Parameters
    ----------
    pairs
        From :func:`remove_null`, or of steered features.
    translator
        From :func:`fit_translator`.
    texts
        Embeddings of texts in the same space (texts × space), of any length; one counts as k = 1.
    seed
        Of the random directions of the control.

    Returns
    -------
    Scores
        AS, IS, angles and controls; NaN where a translation is zero and has no direction.

    Raises
    ------
    ValueError
        If the shapes do not fit, or numbers are not finite.

    References
    ----------
    SING, equations 7 (AS) and 8 (IS).

    Examples
    --------
    >>> import numpy as np, sing_core as sing
    >>> from sing_core.geometry.translator import LinearTranslator
    >>> head = sing.decompose_head(np.array([[1.0, 0.0], [2.0, 0.0]]))
    >>> pairs = sing.remove_null(np.array([[1.0, 1.0]]), head)
    >>> same = LinearTranslator(np.eye(2), np.zeros(2))
    >>> scores = sing.score_pairs(pairs, same, np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> scores.as_deg.round(6), scores.is_deg.round(6)
    (array([[ 45., -45.]]), array([45.]))
    """
    of_texts = matrix(texts, "texts")
    if of_texts.shape[1] != len(translator.weight):
        raise ValueError(
            f"texts have {of_texts.shape[1]} coordinates and translations "
            f"{len(translator.weight)}; need texts of the space that the translator leads to"
        )
    original, equivalent = translator(pairs.original), translator(pairs.equivalent)
    n, m = pairs.original.shape
    length = np.linalg.norm(pairs.original - pairs.equivalent, axis=1)[:, None] / np.sqrt(m)
    random = random_signs(np.arange(n, dtype=np.uint64), m, seed)
    elsewhere = original - length * (random @ translator.weight.T)
    before = angles_deg(original, of_texts)
    after = angles_deg(equivalent, of_texts)
    return Scores(
        as_deg=before - after,
        is_deg=angle_deg(original, equivalent),
        angle_original_deg=before,
        angle_equivalent_deg=after,
        control_as_deg=before - angles_deg(elsewhere, of_texts),
        control_is_deg=angle_deg(original, elsewhere),
    )
