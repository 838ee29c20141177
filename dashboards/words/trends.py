"""How a figure went over the runs of a study, in one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.words.markdown import MARKDOWN, Writer
from dashboards.words.sentences import figure, span

Row = Mapping[str, Any]


def trend(rows: Sequence[Row], title: str, study: str, writer: Writer = MARKDOWN) -> str:
    """Say whether a figure moved between a study's first run and its last, by model.

    Parameters
    ----------
    rows
        Of question ``history``, oldest first.
    """
    by_model: dict[str, list[Row]] = {}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    ends = {name: (own[0], own[-1]) for name, own in by_model.items() if len(own) > 1}
    if not ends:
        return ""
    start = f"{title} over {len({row['run_id'] for row in rows})} runs of {writer.name(study)}"
    sure = {
        name: pair for name, pair in ends.items() if None not in (pair[0]["low"], pair[1]["low"])
    }
    if not sure:
        name, a, b = _most_moved(ends)
        return (
            f"{start}: no interval is stored; most moved {writer.name(name)}, from "
            f"{figure(a['value'])} to {writer.strong(figure(b['value']))}."
        )
    apart = {
        name: (a, b)
        for name, (a, b) in sure.items()
        if a["high"] < b["low"] or b["high"] < a["low"]
    }
    if not apart:
        return f"{start}: of no model do the first and the last differ beyond their intervals."
    name, a, b = _most_moved(apart)
    return (
        f"{start}: the first and the last differ beyond their intervals for {len(apart)} of "
        f"{len(sure)} models, most for {writer.name(name)}: {figure(a['value'])} "
        f"({span(a['low'], a['high'])}), then {writer.strong(figure(b['value']))} "
        f"({span(b['low'], b['high'])})."
    )


def _most_moved(ends: Mapping[str, tuple[Row, Row]]) -> tuple[str, Row, Row]:
    name = max(ends, key=lambda one: abs(ends[one][1]["value"] - ends[one][0]["value"]))
    return name, *ends[name]
