"""Why a model's headline cannot be read alone: sentences that are stored with it."""

from collections.abc import Iterator
from typing import Any

#: Below this share of the dimensions, removing the null space moves little whatever it holds.
_SMALL_NULL_SPACE = 0.05

#: Below this held-out R², most of what the space sees is not carried over.
_WEAK_TRANSLATOR = 0.3

#: Below this share of the space's own accuracy, translated features have lost the classes.
_LOST_CLASSES = 0.5

#: Below this many images, medians of a model are loose.
_FEW_IMAGES = 200


def cautions(
    described: dict[str, Any], fitted: dict[str, Any], figures: dict[str, Any]
) -> Iterator[str]:
    """Yield what a reader of a model's scores should know first.

    Parameters
    ----------
    described, fitted
        The model's rows of tables ``models`` and ``translators``.
    figures
        Its columns of ``model_scores``.
    """
    share = described["null_dim"] / described["n_features"]
    if share < _SMALL_NULL_SPACE:
        yield (
            f"the null space is {share:.1%} of the dimensions: removing it moves little, whatever "
            "it holds"
        )
    r2 = fitted["r2_weighted"]
    if r2 is not None and r2 < _WEAK_TRANSLATOR:
        yield f"the translator is weak: on held-out pictures it explains {r2:.0%} of the embedding"
    own, translated = fitted["top1_space"], fitted["top1_translated"]
    if own and translated is not None and translated < _LOST_CLASSES * own:
        yield (
            f"translated features tell the class of {translated:.0%} of held-out pictures, the "
            f"space's own embeddings of {own:.0%}"
        )
    if figures["n"] < _FEW_IMAGES:
        yield f"few pictures: {figures['n']}"
    if figures["excess_ci_low"] <= 1 <= figures["excess_ci_high"]:
        yield "the ratio is not told from that of a step in a random direction (its control)"
    if figures["flipped_share"] > 0:
        yield (
            f"removing the null space ({described['null_mode']}: {described['null_rule']}) changes "
            f"{figures['flipped_share']:.2%} of the predictions, and moves a logit of 1 % of the "
            f"pictures by {figures['logit_drift_q99']:.3g} or more"
        )
