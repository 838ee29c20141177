"""What changed from one run to another, model by model, each figure with its interval."""

import math
from typing import Any

from flows.gate.baseline import figures_of
from flows.gate.check import over_shared
from sing_core.statistics.changes import HEADLINES, Change, between
from warehouse.layout import DataRoot

#: Figures that are compared: of single images' scores, and shares of the classes.
_FIGURES = (
    *((name, None) for name in HEADLINES),
    ("ratio_excess", None),
    ("feature_share", "class"),
)

#: Of a two-sided interval of 95 %.
_ONE_SIDE = 0.025


def changes(before: str, after: str, root: DataRoot) -> list[dict[str, Any]]:
    """Return a row a model and figure that both runs have.

    Returns
    -------
    list of dict
        ``model, figure, before, after, change, low, high, told``: the change with its 95 %
        interval, and ``larger``, ``smaller``, ``the same`` (to the last digit) or ``not told``.
    """
    old, new = figures_of(before, root), figures_of(after, root)
    rows = []
    for model in (name for name in new if name in old):
        shared = over_shared(before, after, model, root, relative=False)
        for figure in _FIGURES:
            if figure not in old[model] or figure not in new[model]:
                continue
            one, other = old[model][figure], new[model][figure]
            moved = between(one, other, relative=False)
            if shared is not None and figure[0] in HEADLINES:
                moved = Change(moved.value, shared[figure[0]].error)
            low, high = moved.bounds(_ONE_SIDE)
            name = figure[0] if figure[1] is None else f"{figure[0]}({figure[1]})"
            rows.append(
                {
                    "model": model,
                    "figure": name,
                    "before": _known(one.value),
                    "after": _known(other.value),
                    "change": _known(moved.value),
                    "low": _known(low),
                    "high": _known(high),
                    "told": _told(moved.value, low, high),
                }
            )
    return rows


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _told(value: float, low: float, high: float) -> str:
    if value == 0:
        return "the same"
    if math.isnan(low) or low <= 0 <= high:
        return "not told"
    return "larger" if value > 0 else "smaller"
