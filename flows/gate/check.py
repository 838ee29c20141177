"""Check a run's figures by rules, each against its limit and beyond its interval."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from flows.gate.baseline import Baseline, Figures, figures_of
from flows.gate.rules import BadRuleError, Rule
from flows.terminal.lists import close_to, listed
from sing_core.statistics.changes import (
    HEADLINES,
    Change,
    Figure,
    ImageScores,
    between,
    headline_errors,
    paired_changes,
)
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: The probability of a false alarm, over all checks together.
ALPHA = 0.05


@dataclass(frozen=True)
class Check:
    """One rule over one model.

    Attributes
    ----------
    before, now
        The figure; None where it is not known.
    change, low, high
        What is bounded, with one-sided bounds corrected for the number of checks.
    verdict
        ``pass``, ``fail`` or ``unknown``.
    why
        In words.
    """

    model: str
    rule: str
    before: float | None
    now: float | None
    change: float | None
    low: float | None
    high: float | None
    limit: float
    kind: str
    verdict: str
    why: str


def check(
    run_id: str, rules: Sequence[Rule], baseline: Baseline | None, root: DataRoot
) -> list[Check]:
    """Check a run by rules.

    A limit is broken where the figure, or its change, is beyond it by more than its interval:
    bounds are one-sided, with a false alarm in five of a hundred gates at most, over all checks
    together (Bonferroni).

    Raises
    ------
    BadRuleError
        If a rule is about a figure, group, class or model that there is not, or about a change
        without a baseline.
    """
    now = figures_of(run_id, root)
    asked = [(rule, model) for rule in rules for model in _models(rule, now)]
    for rule, model in asked:
        if rule.needs_baseline and baseline is None:
            raise BadRuleError(
                f"the rule {rule.text!r} is about a change; name what it is against, as with "
                "--baseline last"
            )
        _require(rule, now[model])
    alpha = ALPHA / max(1, len(asked))
    measured = _Measured(run_id, root, baseline)
    return [_check(rule, model, now, measured, alpha) for rule, model in asked]


class _Measured:
    """What rules about one model share, so that its pictures are read once."""

    def __init__(self, run_id: str, root: DataRoot, baseline: Baseline | None) -> None:
        self.baseline = baseline
        self.errors = cache(lambda model: _errors(run_id, model, root))
        #: None where the baseline is no run, or too few pictures are in both.
        self.paired = cache(
            lambda model, relative: (
                over_shared(baseline.run_id, run_id, model, root, relative=relative)
                if baseline is not None and baseline.run_id is not None
                else None
            )
        )


def _models(rule: Rule, now: Figures) -> list[str]:
    if rule.model is None:
        return list(now)
    if rule.model not in now:
        raise BadRuleError(
            f"the rule {rule.text!r} is about a model that the run has no scores of; known: "
            f"{listed(list(now))}"
        )
    return [rule.model]


#: Why a run may have no such figure.
_ACCURACY = " (accuracy is known where the head's classes are the study's)"


def _require(rule: Rule, known: dict[tuple[str, str | None], Figure]) -> None:
    if (rule.metric, rule.of) in known:
        return
    metrics = list(dict.fromkeys(metric for metric, _ in known))
    if rule.metric not in metrics:
        raise BadRuleError(
            f"the rule {rule.text!r} is about {rule.metric!r}, no figure of this run; known: "
            f"{close_to(rule.metric, metrics)}" + (_ACCURACY if rule.metric == "accuracy" else "")
        )
    parts = [str(part) for metric, part in known if metric == rule.metric and part is not None]
    what = f"{rule.metric}({rule.of})" if rule.of is not None else rule.metric
    need = f"one of {close_to(rule.of or '', parts)} in brackets" if parts else "no brackets"
    raise BadRuleError(f"the rule {rule.text!r} is about {what}; need {need}")


def _check(rule: Rule, model: str, now: Figures, measured: _Measured, alpha: float) -> Check:
    after = now[model][rule.metric, rule.of]
    before: Figure | None = None
    moved = Change(after.value, after.error)
    if rule.metric in HEADLINES and math.isnan(after.error) and not rule.needs_baseline:
        moved = Change(after.value, measured.errors(model)[rule.metric])
    if rule.needs_baseline:
        assert measured.baseline is not None
        before = measured.baseline.figures.get(model, {}).get((rule.metric, rule.of))
        if before is None:
            why = f"the baseline has no such figure of {model}"
            return _told(rule, model, None, after, Change(math.nan, math.nan), alpha, why)
        moved = _moved(rule, model, before, after, measured)
    return _told(rule, model, before, after, moved, alpha, "")


def _moved(rule: Rule, model: str, before: Figure, after: Figure, measured: _Measured) -> Change:
    relative = rule.kind == "percent"
    if rule.metric in HEADLINES:
        paired = measured.paired(model, relative)
        if paired is not None and not math.isnan(paired[rule.metric].value):
            # The figures are those that are stored; what both runs share is no noise.
            point = between(before, after, relative=relative).value
            return Change(point, paired[rule.metric].error)
    return between(before, after, relative=relative)


def _errors(run_id: str, model: str, root: DataRoot) -> dict[str, float]:
    (scores, _), classes = _shared(run_id, run_id, model, root)
    return headline_errors(scores, classes)


def over_shared(
    before: str, after: str, model: str, root: DataRoot, *, relative: bool
) -> dict[str, Change] | None:
    """Changes over the pictures that both runs have; None where these are less than half."""
    (n,) = Warehouse(root).ask("scored_images", run=after, model=model)["n"].to_pylist()
    sides, classes = _shared(before, after, model, root)
    if len(classes) < max(2, n / 2):
        return None
    return paired_changes(*sides, classes, relative=relative)


def _shared(
    before: str, after: str, model: str, root: DataRoot
) -> tuple[tuple[ImageScores, ImageScores], np.ndarray]:
    """What two runs found of the pictures that both have, and the classes of these."""
    rows = Warehouse(root).ask("shared_images", a=before, b=after, model=model)

    def side(name: str) -> ImageScores:
        columns = (
            rows[f"{name}_{column}"].to_numpy().astype(np.float64)
            for column in ("as_deg", "is_deg", "null_energy", "is_right")
        )
        return ImageScores(*columns)

    return (side("a"), side("b")), rows["class_index"].to_numpy().astype(np.int64)


def _told(
    rule: Rule, model: str, before: Figure | None, after: Figure, moved: Change, alpha: float,
    why: str,
) -> Check:  # fmt: skip
    low, high = moved.bounds(alpha)
    beyond = moved.value > rule.limit if rule.at_most else moved.value < rule.limit
    surely = low > rule.limit if rule.at_most else high < rule.limit
    if math.isnan(moved.value):
        verdict, why = "unknown", why or "the figure could not be computed"
    elif not beyond:
        verdict, why = "pass", "within the limit"
    elif math.isnan(moved.error):
        verdict, why = "unknown", "beyond the limit, but no interval is known of this figure"
    elif surely:
        verdict, why = "fail", "beyond the limit by more than its interval"
    else:
        verdict, why = "pass", "beyond the limit, but not by more than its interval"
    return Check(
        model, rule.text, None if before is None else _plain(before.value), _plain(after.value),
        _plain(moved.value), _plain(low), _plain(high), rule.limit, rule.kind, verdict, why,
    )  # fmt: skip


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def broken(checks: Sequence[Check]) -> Iterator[Check]:
    """Yield the checks that do not pass."""
    return (one for one in checks if one.verdict != "pass")


def as_row(one: Check) -> dict[str, Any]:
    """A check as a row for people: figures with their bounds, and what came out."""
    scale, unit = (100, " %") if one.kind == "percent" else (1, "")

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{scale * value:.4g}{unit}"

    bounds = "" if one.low is None else f" ({shown(one.low)} to {shown(one.high)})"
    return {
        "": one.verdict.upper(),
        "model": one.model,
        "rule": one.rule,
        "baseline": "–" if one.before is None else f"{one.before:.4g}",
        "now": "–" if one.now is None else f"{one.now:.4g}",
        "measured": f"{shown(one.change)}{bounds}",
        "why": one.why,
    }
