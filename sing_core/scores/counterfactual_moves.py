"""What changing one attribute alone moves: which part of the feature, and which logits."""

import numpy as np
from jaxtyping import Float

from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.translator import LinearTranslator

#: All pictures, and halves of them: how well they agree says how well the truth is known.
_HALVES = {"": slice(None), "_even": slice(0, None, 2), "_odd": slice(1, None, 2)}


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
        both parts' translations; both of every second picture alone, too
        (``…_even`` and ``…_odd``); ``logit_move_l2``: mean length of the change of
        logits; ``flipped_share``: share of changed predictions. Shares are NaN
        where nothing moves.
    """
    weight = weight.astype(np.float64)
    change = after - before
    null = change @ spaces.null
    null_moved = null @ (translator.weight @ spaces.null).T
    rest_moved = change @ translator.weight.T - null_moved
    squares = {
        "null_share": (np.square(null).sum(axis=1), np.square(change).sum(axis=1)),
        "null_share_translated": (
            np.square(null_moved).sum(axis=1),
            np.square(null_moved).sum(axis=1) + np.square(rest_moved).sum(axis=1),
        ),
    }
    logits = (before @ weight.T + bias, after @ weight.T + bias)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            **{
                f"{name}{some}": float(part[rows].sum() / whole[rows].sum())
                for name, (part, whole) in squares.items()
                for some, rows in _HALVES.items()
            },
            "logit_move_l2": float(np.linalg.norm(logits[1] - logits[0], axis=1).mean()),
            "flipped_share": float((logits[0].argmax(1) != logits[1].argmax(1)).mean()),
        }
