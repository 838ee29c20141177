"""Cures in words: what a changed head does, and its figures before and after."""

from collections.abc import Mapping
from typing import Any

from dashboards.words.markdown import MARKDOWN, Writer
from dashboards.words.readouts import points
from dashboards.words.sentences import percent

#: Figures of a cure: how they are called in its row, in words, and with which unit.
_CURED = (
    ("accuracy", "accuracy", ""),
    ("calibration", "calibration error", ""),
    ("class_seen", "class read off the logits", ""),
    ("group_seen", "group read off the logits", ""),
    ("null_dim", "null dimension", ""),
    ("class_share", "class share in the null space", ""),
    ("group_share", "group share in the null space", ""),
    ("abs_as", "median |AS| (°)", "_deg"),
    ("is", "median IS (°)", "_deg"),
)


def cure_figures(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a cure changed, a row a figure, before and after; from a row of table ``cures``."""
    return [
        {
            "figure": words,
            "before": float(row[f"{name}_before{unit}"]),
            "after": float(row[f"{name}_after{unit}"]),
        }
        for name, words, unit in _CURED
        if None not in (row[f"{name}_before{unit}"], row[f"{name}_after{unit}"])
    ]


def cured(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say what a cure did; a row of table ``cures``."""
    gain = points(row["gain"], row["gain_ci_low"], row["gain_ci_high"], writer)
    first, then = percent(row["accuracy_before"]), percent(row["accuracy_after"])
    model, beside = writer.name(row["model"]), ""
    if row["kind"] == "see":
        n = int(row["rank"])
        done = f"Let {model}'s head see {n} direction{'s' * (n != 1)} of its null space, and it"
    else:
        done = f"Made blind to {writer.name(row['concept_group'])}, {model}'s head"
        if None not in (row["group_seen_before"], row["group_seen_after"]):
            was, now = percent(row["group_seen_before"]), percent(row["group_seen_after"])
            beside = f"; a line reads that off its logits of {now} of them, of {was} before"
    return f"{done} names {then} of the held-out pictures right, {first} before: {gain}{beside}."
