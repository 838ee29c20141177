"""Sentences about results, for pages, the report and `sing findings` alike.

Each takes a row of an answer, and the writer that names and emphasis go through.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.words.markdown import MARKDOWN, Writer

#: What stays the same in a null space of each mode.
KEPT = {
    "exact": "with the same logits",
    "softmax": "with the same probabilities",
    "approx": "with nearly the same logits",
    "classes": "with the same logits of the chosen classes",
}

#: Groups of a sentence; it says how many more there are.
_GROUPS = 5


def ordinal(number: float) -> str:
    """Return a whole number with its ending: 1st, 2nd, 3rd, 11th."""
    n = round(number)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{'th' if 10 < n % 100 < 14 else ending}"


def shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how null removal moves a class's images, with its interval and its control."""
    moved = row["as_mean_deg"]
    way = "towards" if moved > 0 else "away from"
    low, high, control = row["as_ci_low_deg"], row["as_ci_high_deg"], row["control_as_mean_deg"]
    interval = "" if low is None else f"AS {low:+.2f}° to {high:+.2f}°"
    random = "" if control is None else f"random step {control:+.2f}°"
    same = "" if row["differs_from_control"] else writer.strong("does not differ from its control")
    known = ", ".join(part for part in (interval, random, same) if part)
    return (
        f"{writer.name(row['class_name'])} images move {way} {writer.phrase(row['phrase'])} by "
        + writer.strong(f"{abs(moved):.2f}°")
        + (f" ({known})." if known else ".")
    )


def own_shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how null removal moves a class's images beside what it does to all classes.

    Of a run with one class alone, where the two cannot be told apart, the whole shift.
    """
    moved = row["own_as_mean_deg"]
    if moved is None:
        return shift(row, writer)
    way = "towards" if moved > 0 else "away from"
    low, high, control = (
        row["own_ci_low_deg"], row["own_ci_high_deg"], row["control_own_as_mean_deg"]
    )  # fmt: skip
    interval = "" if low is None else f"{low:+.2f}° to {high:+.2f}°"
    random = "" if control is None else f"random step {control:+.2f}°"
    doubt = writer.strong("does not differ from its control")
    same = "" if row["own_differs_from_control"] else doubt
    known = ", ".join(part for part in (interval, random, same) if part)
    shared = f"{row['common_as_mean_deg']:+.2f}° that all classes share"
    return (
        f"{writer.name(row['class_name'])} images move {way} {writer.phrase(row['phrase'])} by "
        + writer.strong(f"{abs(moved):.2f}°")
        + f" of their own ({known}), beside {shared}."
    )


def common_shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say what null removal does to the images of all classes by one phrase."""
    low, high = row["common_ci_low_deg"], row["common_ci_high_deg"]
    interval = "" if low is None else f"{low:+.2f}° to {high:+.2f}°, "
    same = "" if row["common_differs_from_control"] else ", does not differ from its control"
    moved = writer.strong(f"{row['common_as_mean_deg']:+.2f}°")
    return (
        f"all classes share a move of {moved} towards {writer.phrase(row['phrase'])} ({interval}"
        f"random step {row['control_common_as_mean_deg']:+.2f}°{same})."
    )


def common_shifts(rows: Sequence[Mapping[str, Any]], writer: Writer = MARKDOWN) -> str:
    """Say which phrases a model's images move towards or away from, whatever they show.

    Parameters
    ----------
    rows
        Phrases of one model whose common part differs from its control's, the furthest first.
    """
    ways = []
    for way, sign in (("towards", 1), ("away from", -1)):
        some = [row for row in rows if row["common_as_mean_deg"] * sign > 0]
        if some:
            told = [
                f"{writer.phrase(row['phrase'])} by "
                + writer.strong(f"{abs(row['common_as_mean_deg']):.2f}°")
                + f" ({row['common_ci_low_deg']:+.2f}° to {row['common_ci_high_deg']:+.2f}°, "
                f"random step {row['control_common_as_mean_deg']:+.2f}°)"
                for row in some
            ]
            ways.append(f"{way} {', '.join(told)}")
    return f"images of all classes move {' and '.join(ways)}, whatever they show."


def ratio(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how a model's ratio stands to that of a random step, and what that means."""
    excess = row["ratio_excess"]
    return (
        f"null removal turns images {row['is_as_ratio']:.1f} times as far as it turns them towards "
        f"or from their class, which is {writer.strong(f'{excess:.2f} times')} a random step's "
        f"ratio ({row['excess_ci_low']:.2f} to {row['excess_ci_high']:.2f}): the null space holds "
        f"{'less' if excess > 1 else 'more'} of the class than a random direction."
    )


def looks(rows: Sequence[Mapping[str, Any]], writer: Writer = MARKDOWN) -> str:
    """Say which groups a model's head overlooks, or sees, more than other differences.

    Parameters
    ----------
    rows
        Groups of one model, all of them on the same side of all variance.
    """
    shown = [
        f"{writer.name(row['concept_group'])} ({writer.strong(_percent(row['feature_share']))}, "
        f"{100 * row['feature_share_ci_low']:.0f} to {100 * row['feature_share_ci_high']:.0f})"
        for row in rows[:_GROUPS]
    ]
    more = f" and {len(rows) - _GROUPS} more" if len(rows) > _GROUPS else ""
    return (
        "more than other differences between images, the head "
        f"{'overlooks' if rows[0]['unseen'] else 'sees'} {', '.join(shown)}{more}: so much of what "
        "tells their values apart is in the null space, of all variance "
        f"{_percent(rows[0]['null_variance_share'])}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def leak(row: Mapping[str, Any], n_classes: int, writer: Writer = MARKDOWN) -> str:
    """Say how much a class leaks, and its place among the classes of its model."""
    low, high = row["abs_as_ci_low_deg"], row["abs_as_ci_high_deg"]
    interval = "" if low is None else f" (95 %: {low:.2f}° to {high:.2f}°)"
    return (
        f"{writer.name(row['class_name'])} images leak "
        + writer.strong(f"{row['abs_as_median_deg']:.2f}°")
        + f"{interval}, the median |AS| of {row['n']}; of all images it is "
        f"{row['of_all_deg']:.2f}°. Place {row['rank']} of {n_classes}{_sureness(row)}."
    )


def _sureness(row: Mapping[str, Any]) -> str:
    first, last = row["rank_ci_low"], row["rank_ci_high"]
    if first is None:
        return ""
    places = "" if first == last else f"{first} to {last} "
    return f" ({places}in 95 % of resamples)"


def turn(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how far a class's images can be steered towards another class."""
    spread = "" if row["as_sd_deg"] is None else f", sd {row['as_sd_deg']:.1f}°"
    over, control = row["epsilon_over_null_mean"], row["control_as_mean_deg"]
    dear = "" if over is None else f" It takes a step of {over:.1f} typical null parts"
    outside = "" if control is None else f"; as long a step outside turns them by {control:.1f}°"
    return (
        f"{writer.name(row['source_class'])} images can be turned towards "
        f"{writer.name(row['target_class'])} by "
        + writer.strong(f"{row['as_mean_deg']:.1f}°")
        + f" {KEPT[row['null_mode']]} (a step of IS {row['target_is_deg']:g}°{spread}, "
        f"{row['n_reached']} of {row['n']} images)." + (f"{dear}{outside}." if dear else "")
    )
