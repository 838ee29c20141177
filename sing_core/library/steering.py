"""Steering features towards a text inside the null space."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from sing_core.geometry.equivalent_pairs import typical_null_length
from sing_core.geometry.null_space import require_null_space
from sing_core.geometry.translator import LinearTranslator
from sing_core.library.given import matrix, same_width
from sing_core.library.head import Head
from sing_core.library.pairs import Pairs
from sing_core.scores.steering import inside_and_outside
from sing_core.scores.steering_sums import Steered


@dataclass(frozen=True)
class Moved:
    """Features after a step inside the null space towards a text; angles in degrees.

    Rows that no step turns so far are NaN, and ``reachable`` is false there.

    Attributes
    ----------
    features
        The steered features (n × features): the same logits, another meaning.
    as_deg, is_deg
        How far each turned towards the text, and at all.
    step, step_over_norm, step_over_null
        Its length in units of the features, over the feature's length, and over that of a typical
        null part (the median of these rows).
    limit_deg
        The angle that no step reaches.
    control_as_deg
        AS of a step as long outside the null space.
    max_abs_logit_drift
        The largest change of a logit.
    """

    features: Float[np.ndarray, "n m"]
    as_deg: Float[np.ndarray, " n"]
    is_deg: Float[np.ndarray, " n"]
    step: Float[np.ndarray, " n"]
    step_over_norm: Float[np.ndarray, " n"]
    step_over_null: Float[np.ndarray, " n"]
    limit_deg: Float[np.ndarray, " n"]
    reachable: Bool[np.ndarray, " n"]
    control_as_deg: Float[np.ndarray, " n"]
    max_abs_logit_drift: Float[np.ndarray, " n"]
    pairs: Pairs


def steer(
    features: Any,
    head: Head,
    translator: LinearTranslator,
    text: Any,
    *,
    is_deg: float | int = 40.0,
    step: float | int | None = None,
) -> Moved:
    """Turn features towards a text as far as asked, with equal logits.

    Parameters
    ----------
    features
        Penultimate features (n × features), an array or tensor.
    text
        The embedding of one text in the translator's space.
    is_deg, step
        How far: to this Image Score, or by this length in units of the features.

    Returns
    -------
    Moved
        The steered features and what the step did; NaN where no step turns so far.

    Raises
    ------
    NoNullSpaceError
        If the head sees every direction.
    ValueError
        If the shapes do not fit, or the angle is not between 0 and 180 degrees.

    References
    ----------
    SING, equations 10 to 13.

    Examples
    --------
    >>> import numpy as np, sing_core as sing
    >>> from sing_core.geometry.translator import LinearTranslator
    >>> head = sing.decompose_head(np.array([[1.0, 0.0], [2.0, 0.0]]))
    >>> same = LinearTranslator(np.eye(2), np.zeros(2))
    >>> moved = sing.steer(np.array([[1.0, 0.0]]), head, same, np.array([0.0, 1.0]), is_deg=45)
    >>> moved.features.round(6), moved.as_deg.round(6)
    (array([[1., 1.]]), array([45.]))
    """
    rows, texts = matrix(features, "features"), matrix(text, "text")
    same_width(rows, head.weight, "features and head")
    require_null_space(head.spaces, len(head.weight))
    if texts.shape != (1, len(translator.weight)):
        raise ValueError(
            f"text has shape {texts.shape}; need one embedding of {len(translator.weight)} numbers"
        )
    if step is None and not 0 < is_deg < 180:
        raise ValueError(f"is_deg is {is_deg:g}; need an angle between 0 and 180 degrees")
    inside, outside = inside_and_outside(head.weight, head.spaces, translator, texts)
    z = translator(rows)
    found = inside.directions(z)
    steps = found.step_for(float(is_deg)) if step is None else np.full((len(rows), 1), float(step))
    done = Steered.by(
        steps, found, outside.directions(z), np.linalg.norm(rows, axis=1),
        typical_null_length(rows, head.spaces),
    )  # fmt: skip
    of = {name: column[:, 0] for name, column in done.columns.items()}
    moved = inside.moved_features(rows, found, steps)[:, 0]
    pairs = Pairs.of(rows, moved, head)
    return Moved(
        features=moved,
        as_deg=of["as"],
        is_deg=of["is"],
        step=of["step"],
        step_over_norm=of["over_norm"],
        step_over_null=of["over_null"],
        limit_deg=found.limit_deg[:, 0],
        reachable=np.isfinite(of["as"]),
        control_as_deg=of["control_as"],
        max_abs_logit_drift=pairs.max_abs_logit_drift,
        pairs=pairs,
    )
