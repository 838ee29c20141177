"""What changing one attribute alone moves: which part of the feature, and which logits."""

import numpy as np
from jaxtyping import Float

from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.translator import LinearTranslator


def counterfactual_moves(
    before: Float[np.ndarray, "n m"],
    after: Float[np.ndarray, "n m"],
    weight: Float[np.ndarray, "c m"],
    bias: Float[np.ndarray, " c"],
    spaces: HeadDecomposition,
    translator: LinearTranslator,
) -> dict[str, float]:
    """Compare features of pictures before and after a change.

    Returns
    -------
    dict
        ``null_share``: share of the squared change that is in the null space;
        ``null_share_translated``: the null part's share of the squared lengths of
        both parts' translations; ``logit_move_l2``: mean length of the change of
        logits; ``flipped_share``: share of changed predictions. Shares are NaN
        where nothing moves.
    """
    weight = weight.astype(np.float64)
    change = after - before
    null = change @ spaces.null
    null_moved = null @ (translator.weight @ spaces.null).T
    rest_moved = change @ translator.weight.T - null_moved
    a, b = np.square(null_moved).sum(), np.square(rest_moved).sum()
    logits = (before @ weight.T + bias, after @ weight.T + bias)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "null_share": float(np.square(null).sum() / np.square(change).sum()),
            "null_share_translated": float(a / (a + b)),
            "logit_move_l2": float(np.linalg.norm(logits[1] - logits[0], axis=1).mean()),
            "flipped_share": float((logits[0].argmax(1) != logits[1].argmax(1)).mean()),
        }
