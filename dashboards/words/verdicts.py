"""The answer of each page in one sentence, with figures and intervals.

Pages, the report and `sing findings` say the same: each takes rows of an answer.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.words.markdown import MARKDOWN, Writer
from dashboards.words.sentences import KEPT, figure, one_way, ordinal, percent, span

Row = Mapping[str, Any]


def models(rows: Sequence[Row], writer: Writer = MARKDOWN) -> str:
    """Say which model keeps class meaning out of its null space best; nothing without a score.

    Parameters
    ----------
    rows
        Of question ``models``.
    """
    known = [row for row in rows if row["scored"] and row["class_share"] is not None]
    if not known:
        return _by_ratio(rows, writer)
    ranked = sorted(known, key=lambda row: row["class_share"])
    best, *others = ranked
    ends = best["class_share_ci_low"], best["class_share_ci_high"]
    alike = [
        row
        for row in others
        if None not in (ends[1], row["class_share_ci_low"]) and row["class_share_ci_low"] <= ends[1]
    ]
    value = writer.strong(percent(best["class_share"]))
    interval = "" if ends[0] is None else f" ({100 * ends[0]:.0f} to {100 * ends[1]:.0f})"
    what = f"{value}{interval} of what changes with the class lies there"
    if not others:
        said = f"Class meaning in {writer.name(best['model'])}'s null space: {what}"
    elif alike:
        said = (
            f"{_names([best, *alike], writer)} have the least class meaning in their null spaces "
            f"and cannot be told apart: of {writer.name(best['model'])}, {what}"
        )
    else:
        said = f"{writer.name(best['model'])} has the least class meaning in its null space: {what}"
    control = best["feature_control_share"]
    beside = "" if control is None else f" (a random subspace would hold {percent(control)})"
    return f"{said}{beside}{_right(best, others)}; {_told(rows, writer)}."


def runs(rows: Sequence[Row], study: str, writer: Writer = MARKDOWN) -> str:
    """Say how a study's runs went; rows of question ``runs``, newest first."""
    own = [row for row in rows if row["study"] == study]
    if not (done := [row for row in own if row["status"] == "finished"]):
        return ""
    times, newest = "once" if len(own) == 1 else f"{len(own)} times", done[0]
    failed = sum(row["status"] == "failed" for row in own)
    took = "" if newest["took_s"] is None else f" after {newest['took_s']:,} s"
    return (
        f"{writer.name(study)} ran {times}, {len(done)} finished and {failed} failed; the "
        f"newest finished {newest['finished_at']:%d %b %Y, %H:%M} UTC{took}."
    )


def _right(best: Row, others: Sequence[Row]) -> str:
    """Say how often models are right: a low share is no health where nothing is told apart."""
    if best["accuracy"] is None:
        return ""
    theirs = [row["accuracy"] for row in others if row["accuracy"] is not None]
    rest = f", the others {100 * min(theirs):.0f} to {percent(max(theirs))}" if theirs else ""
    return f"; it names {percent(best['accuracy'])} of the pictures right{rest}"


def _told(rows: Sequence[Row], writer: Writer) -> str:
    known = [row for row in rows if row["excess_ci_low"] is not None]
    alike = [row for row in known if row["excess_ci_low"] <= 1 <= row["excess_ci_high"]]
    if not known:
        return "how its ratio stands to a random step's is not known"
    if not alike:
        return "the ratio of each differs from a random step's" if len(known) > 1 else (
            "its ratio differs from a random step's"
        )  # fmt: skip
    if len(alike) == len(known):
        whose = "its ratio does" if len(known) == 1 else "the ratios do"
        return f"{whose} not differ from a random step's"
    verb = "does" if len(alike) == 1 else "do"
    return (
        f"{len(alike)} of {len(known)} models ({_names(alike, writer)}) {verb} not differ from a "
        "random step"
    )


def _by_ratio(rows: Sequence[Row], writer: Writer) -> str:
    known = [row for row in rows if row["scored"] and row["is_as_ratio"] is not None]
    if not known:
        return ""
    best = max(known, key=lambda row: row["is_as_ratio"])
    interval = span(best["ratio_ci_low"], best["ratio_ci_high"])
    return (
        f"{writer.name(best['model'])} has the highest IS / |AS|: "
        f"{writer.strong(figure(best['is_as_ratio']))}{f' ({interval})' if interval else ''}; "
        f"{_told(rows, writer)}."
    )


def classes(rows: Sequence[Row], writer: Writer = MARKDOWN) -> str:
    """Say which class leaks most by a model; rows of question ``class_boxes``."""
    known = [row for row in rows if row["abs_as_median_deg"] is not None]
    if not known:
        return ""
    first = known[0]
    above = [
        row
        for row in known
        if row["abs_as_ci_low_deg"] is not None and row["abs_as_ci_low_deg"] > row["of_all_deg"]
    ]
    interval = span(first["abs_as_ci_low_deg"], first["abs_as_ci_high_deg"])
    return (
        f"By {writer.name(first['model'])}, {writer.name(first['class_name'])} images leak most: "
        f"median |AS| {_strong(first['abs_as_median_deg'], writer)}"
        f"{f' ({interval})' if interval else ''}, of all images {figure(first['of_all_deg'])}°; "
        f"{len(above)} of {len(known)} classes leak more than all images do."
    )


def concepts(row: Row, strongest: Row | None, writer: Writer = MARKDOWN) -> str:
    """Say how much of what moves is shared, and what moves most for one class alone.

    Parameters
    ----------
    row
        Of question ``movement``: one model's.
    strongest
        Of question ``finding_shifts``, the first of the model's; None if none differs.
    """
    if row["shared"] is None:
        return ""
    said = (
        f"By {writer.name(row['model'])}, {writer.strong(percent(row['shared']))} of what classes "
        "move by is the same for all of them; of what is a class's own, "
        f"{row['n_differ']:,} of {row['n']:,} shifts differ from a random step"
    )
    if strongest is None or strongest["own_as_mean_deg"] is None:
        return f"{said}."
    moved = strongest["own_as_mean_deg"]
    interval = span(*one_way(moved, strongest["own_ci_low_deg"], strongest["own_ci_high_deg"]))
    return (
        f"{said}, most {writer.name(strongest['class_name'])} images "
        f"{'towards' if moved > 0 else 'away from'} {writer.phrase(strongest['phrase'])} "
        f"({figure(abs(moved))}°{f', {interval}' if interval else ''})."
    )


def image(row: Row, moved: Row | None, writer: Writer = MARKDOWN) -> str:
    """Say what one image loses; rows of question ``image`` and, its first, ``image_concepts``."""
    way = "towards" if row["as_deg"] > 0 else "away from"
    place = row["is_percentile"]
    of_class = "" if place is None else f" (the {ordinal(place)} percentile of its class)"
    said = (
        f"Without its null part this {writer.name(row['class_name'])} image turns by "
        f"{_strong(row['is_deg'], writer)}{of_class}, {figure(abs(row['as_deg']))}° {way} its "
        "class"
    )
    own = None if moved is None else moved["own_as_mean_deg"]
    if moved is None or own is None:
        return f"{said}, with no other logit."
    way = "towards" if own > 0 else "away from"
    return (
        f"{said}; beside what all classes share, it moves most {way} "
        f"{writer.phrase(moved['phrase'])} ({figure(abs(own))}°). Its logits stay."
    )


def moved_on_map(rows: Sequence[Row], model: str, writer: Writer = MARKDOWN) -> str:
    """Say how far pictures move on the map without their null part; rows of ``map_points``."""
    if not rows:
        return ""
    moved = statistics.median(
        ((row["x"] - row["equivalent_x"]) ** 2 + (row["y"] - row["equivalent_y"]) ** 2) ** 0.5
        for row in rows
    )
    turned = [row["is_deg"] for row in rows if row["is_deg"] is not None]
    half = f"{100 * moved / 2:.{0 if moved >= 0.02 else 1}f} %"
    return (
        f"Without what {writer.name(model)}'s head cannot see, half of the pictures move by more "
        f"than {writer.strong(half)} of the map's width (median IS "
        f"{figure(statistics.median(turned)) if turned else '–'}°), with the same logits."
    )


def steering(rows: Sequence[Row], model: str, writer: Writer = MARKDOWN) -> str:
    """Say what turning classes into each other takes; rows of question ``confusion``."""
    known = [row for row in rows if row["as_mean_deg"] is not None]
    if not known:
        return ""
    reached = statistics.median(row["as_mean_deg"] for row in known)
    kept = KEPT[known[0]["null_mode"]]
    said = (
        f"{kept[0].upper()}{kept[1:]}, {writer.name(model)}'s pictures can be turned "
        f"{_strong(reached, writer)} towards another class (median of pairs, IS "
        f"{known[0]['target_is_deg']:g}°)"
    )
    priced = [row for row in known if row["epsilon_over_null_mean"] is not None]
    if not priced:
        return f"{said}."
    least = min(priced, key=lambda row: row["epsilon_over_null_mean"])
    dear = statistics.median(row["epsilon_over_null_mean"] for row in priced)
    outside = statistics.median(row["control_as_mean_deg"] or 0.0 for row in priced)
    return (
        f"{said}, by a step of {figure(dear)} typical null parts; as long a step outside turns "
        f"them {figure(outside)}°. Easiest: {writer.name(least['source_class'])} towards "
        f"{writer.name(least['target_class'])} ({figure(least['epsilon_over_null_mean'])})."
    )


def validation(
    translators: Sequence[Row], drift: float | None, n_flagged: int, writer: Writer = MARKDOWN
) -> str:
    """Say whether translators carry meaning and logits stay."""
    judged = [row for row in translators if row["top1_translated"] is not None]
    parts = []
    if judged:
        low = min(judged, key=lambda row: row["top1_translated"])
        told = writer.strong(percent(low["top1_translated"]))
        parts.append(
            f"translated features tell the class of {told} of held-out pictures or more "
            f"({writer.name(low['model'])}; the space itself of {percent(low['top1_space'])})"
        )
    if drift is not None:
        parts.append(f"null removal moves no logit by more than {writer.strong(f'{drift:.0e}')}")
    parts.append(
        f"{n_flagged:,} pictures are to be looked at twice"
        if n_flagged
        else "no picture is flagged"
    )
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _strong(angle_deg: float, writer: Writer) -> str:
    return writer.strong(f"{figure(angle_deg)}°")


def _names(rows: Sequence[Row], writer: Writer) -> str:
    names = [writer.name(row["model"]) for row in rows]
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
