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


def figure(value: float) -> str:
    """Return a number with three figures or four: 0.23, 2.10, 32.2."""
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def span(low: float | None, high: float | None) -> str:
    """Return an interval; nothing where it is unknown."""
    return "" if low is None or high is None else f"{figure(low)} to {figure(high)}"


def space_name(config: Mapping[str, Any]) -> str:
    """Return a run's space in short: model and tag without folders, or the file of arrays."""
    space = config.get("space") or {}
    parts = [space[key] for key in ("model", "pretrained", "embeddings") if space.get(key)]
    return " ".join(str(part).rpartition("/")[2] for part in parts) or "a given space"


def one_way(
    moved: float, low: float | None, high: float | None
) -> tuple[float | None, float | None]:
    """Return an interval counted in the way of what moved; None where it is not known."""
    if low is None or high is None:
        return None, None
    ends = _sign(moved) * low, _sign(moved) * high
    return min(ends), max(ends)


def shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how null removal moves a class's images, with its interval and its control."""
    ends = row["as_ci_low_deg"], row["as_ci_high_deg"], row["control_as_mean_deg"]
    moved = _moved(row["as_mean_deg"], ends, row["phrase"], writer, "")
    return f"{writer.name(row['class_name'])} images move {moved}{_doubt(row, '', writer)}."


def own_shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how null removal moves a class's images beside what it does to all classes.

    Of a run with one class alone, where the two cannot be told apart, the whole shift.
    """
    moved = row["own_as_mean_deg"]
    if moved is None:
        return shift(row, writer)
    ends = row["own_ci_low_deg"], row["own_ci_high_deg"], row["control_own_as_mean_deg"]
    shared = row["common_as_mean_deg"] * _sign(moved)
    other = "" if shared >= 0 else "the other way "
    return (
        f"{writer.name(row['class_name'])} images move "
        f"{_moved(moved, ends, row['phrase'], writer, ' of their own')}"
        f"{_doubt(row, 'own_', writer)}, beside {figure(abs(shared))}° {other}that all classes "
        "share."
    )


def common_shift(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say what null removal does to the images of all classes by one phrase."""
    return f"all classes share a move {_shared(row, writer)}{_doubt(row, 'common_', writer)}."


def common_shifts(rows: Sequence[Mapping[str, Any]], writer: Writer = MARKDOWN) -> str:
    """Say which phrases a model's images move towards or away from, whatever they show.

    Parameters
    ----------
    rows
        Phrases of one model whose common part differs from its control's, the furthest first.
    """
    told = ", ".join(_shared(row, writer) for row in rows)
    return f"images of all classes move {told}, whatever they show."


def _shared(row: Mapping[str, Any], writer: Writer) -> str:
    ends = (
        row["common_ci_low_deg"], row["common_ci_high_deg"], row["control_common_as_mean_deg"]
    )  # fmt: skip
    return _moved(row["common_as_mean_deg"], ends, row["phrase"], writer, "")


def _moved(
    moved: float,
    ends: tuple[float | None, float | None, float | None],
    phrase: str,
    writer: Writer,
    more: str,
) -> str:
    """Say way and size; interval and control are counted in the way that is said."""
    *interval, control = ends
    random = "" if control is None else f"random step {figure(_sign(moved) * control)}"
    known = ", ".join(part for part in (span(*one_way(moved, *interval)), random) if part)
    size = writer.strong(f"{figure(abs(moved))}°")
    way = "towards" if moved > 0 else "away from"
    return f"{way} {writer.phrase(phrase)} by {size}{more}" + (f" ({known})" if known else "")


def _sign(moved: float) -> int:
    return 1 if moved > 0 else -1


def _doubt(row: Mapping[str, Any], part: str, writer: Writer) -> str:
    if row[f"{part}differs_from_control"]:
        return ""
    return f", which {writer.strong('does not differ from its control')}"


def ratio(row: Mapping[str, Any], writer: Writer = MARKDOWN) -> str:
    """Say how a model's ratio stands to that of a random step, and what that means."""
    excess = row["ratio_excess"]
    return (
        f"the null space holds {'less' if excess > 1 else 'more'} of the class than a random "
        f"direction: IS / |AS| is {row['is_as_ratio']:.1f}, "
        f"{writer.strong(f'{excess:.2f} times')} that of a random step "
        f"({row['excess_ci_low']:.2f} to {row['excess_ci_high']:.2f})."
    )


def looks(rows: Sequence[Mapping[str, Any]], writer: Writer = MARKDOWN) -> str:
    """Say which groups a model's head overlooks, or sees, more than other differences.

    Parameters
    ----------
    rows
        Groups of one model, all of them on the same side of all variance.
    """
    shown = [
        f"{writer.name(row['concept_group'])} ({writer.strong(percent(row['unseen_share']))}, "
        f"{100 * row['unseen_ci_low']:.0f} to {100 * row['unseen_ci_high']:.0f})"
        for row in rows[:_GROUPS]
    ]
    more = f" and {len(rows) - _GROUPS} more" if len(rows) > _GROUPS else ""
    return (
        "more than other differences between images, the head "
        f"{'overlooks' if rows[0]['unseen'] else 'sees'} {', '.join(shown)}{more}: so much of what "
        "changes with them alone is in the null space, of all variance "
        f"{percent(rows[0]['null_variance_share'])}."
    )


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.0f} %"


def leak(row: Mapping[str, Any], n_classes: int, writer: Writer = MARKDOWN) -> str:
    """Say how much a class leaks, and its place among the classes of its model."""
    low, high = row["abs_as_ci_low_deg"], row["abs_as_ci_high_deg"]
    interval = "" if low is None else f" ({span(low, high)})"
    return (
        f"{writer.name(row['class_name'])} images leak "
        + writer.strong(f"{figure(row['abs_as_median_deg'])}°")
        + f"{interval}, the median |AS| of {row['n']}; of all images it is "
        f"{figure(row['of_all_deg'])}°. Place {row['rank']} of {n_classes}{_sureness(row)}."
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
