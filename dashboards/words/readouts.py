"""Readouts in words: what a line reads off the null part, and what a new head would gain."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.words.markdown import MARKDOWN, Writer
from dashboards.words.sentences import percent

Row = Mapping[str, Any]


def matters(rows: Sequence[Row], writer: Writer = MARKDOWN) -> str:
    """Say whether what heads do not see matters; rows of question ``class_readouts``."""
    if not rows:
        return ""
    first = rows[0]
    if first["differs"]:
        more = sum(bool(row["differs"]) for row in rows) - 1
        others = f"; {more} more model{'s' * (more > 1)} would gain, too" if more else ""
        said = readout(first, writer).removesuffix(".")
        return f"It matters most for {writer.name(first['model'])}: {said}{others}."
    most = max(rows, key=lambda row: row["null_accuracy"])
    # Of a head that has other classes nobody knows how well it would name these.
    same = all(row["headroom"] is not None for row in rows)
    gain = "than the old ones do" if same else "with what the old ones do not see than without it"
    return (
        f"A new head would name the classes no better {gain}, although a line reads "
        f"{writer.strong(percent(most['null_accuracy']))} of held-out pictures off what "
        f"{writer.name(most['model'])}'s head does not see."
    )


def readout(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say what a line reads of the classes off the null part, and what a new head would gain.

    Parameters
    ----------
    row
        Of question ``class_readouts``.
    """
    ends = f"{100 * row['null_ci_low']:.0f} to {100 * row['null_ci_high']:.0f}"
    read = (
        f"off what the head does not see, a line names the class of "
        f"{writer.strong(percent(row['null_accuracy']))} ({ends}) of held-out pictures"
    )
    doubt = "" if row["warning"] is None else f" ({row['warning']})"
    if row["headroom"] is not None:
        gained = points(row["headroom"], row["headroom_ci_low"], row["headroom_ci_high"], writer)
        own = percent(row["head_accuracy"])
        return f"{read}; a new head on all features would gain {gained} over its own {own}{doubt}."
    gain = row["null_gain"], row["null_gain_ci_low"], row["null_gain_ci_high"]
    seen = percent(row["principal_accuracy"])
    return (
        f"{read}; with it a new head would gain {points(*gain, writer)} over the {seen} that one "
        f"names by what the head sees{doubt}."
    )


def points(value: float, low: float, high: float, writer: Writer) -> str:
    """Return a difference of shares in points, with its interval."""
    one, *ends = (round(100 * share) + 0 for share in (value, low, high))  # + 0: no "-0"
    return f"{writer.strong(f'{one} points')} ({ends[0]} to {ends[1]})"
