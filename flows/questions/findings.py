"""What stands out in a run, in sentences: warnings, classes, confusions, groups, concepts."""

from collections.abc import Iterator
from typing import Any

from flows.questions.published_run import PublishedRun, UnknownClassError
from flows.terminal.lists import listed
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Below this adjusted p-value a shift is told from its control.
TOLD = 0.05

#: What stays the same in a null space of each mode.
_KEPT = {
    "exact": "with the same logits",
    "softmax": "with the same probabilities",
    "approx": "with nearly the same logits",
    "classes": "with the same logits of the chosen classes",
}

_MODELS = """
select model, is_as_ratio, ratio_ci_low, ratio_ci_high, control_ratio, warnings
from main.model_scores where run_id = ? order by is_as_ratio desc nulls last
"""
_CLASSES = """
select model, class_name, abs_as_median_deg, abs_as_ci_low_deg, abs_as_ci_high_deg, rank_ci_low,
    rank_ci_high
from main.class_scores where run_id = ?
qualify row_number() over (partition by model order by abs_as_median_deg desc) <= 3
order by model, rank
"""
_PAIRS = """
select c.model, source_class, target_class, as_mean_deg, target_is_deg, n_reached, n, null_mode
from main.class_confusion c
join main.models using (run_id, model)
where run_id = ? and reachable_share >= 0.5
qualify row_number() over (partition by c.model order by as_mean_deg desc) <= 3
order by c.model, as_mean_deg desc
"""
_GROUPS = """
select model, concept_group, feature_share, feature_share_ci_low, feature_share_ci_high,
    null_variance_share
from main.group_scores
join main.model_scores using (run_id, model)
where run_id = ? and feature_share is not null
order by model, feature_share
"""
_CONCEPTS = """
select c.model, k.class_name, p.phrase, c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg,
    c.control_as_mean_deg, c.p_adjusted
from main.concept_scores c
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id)
where run_id = ? and class_name = ?
qualify least(
    row_number() over (partition by c.model order by c.as_mean_deg),
    row_number() over (partition by c.model order by c.as_mean_deg desc)
) <= 5
order by c.model, c.as_mean_deg desc
"""


def findings(name: str, root: DataRoot) -> Iterator[str]:
    """Yield what stands out in a run, model by model.

    Parameters
    ----------
    name
        A run's id, or a study's name for its newest run.
    """
    run = PublishedRun.named(name, root)

    def ask(query: str) -> list[dict[str, Any]]:
        return list(Warehouse(root).query(query, [run.run_id]).to_pylist())

    for row in ask(_MODELS):
        if row["is_as_ratio"] is not None:
            yield (
                f"{row['model']}: null removal turns a picture {row['is_as_ratio']:.1f} times as "
                f"far as it turns it towards or from its class ({_between(row, 'ratio')}; a random "
                f"step of that length {_figure(row['control_ratio'])})."
            )
        if row["warnings"]:
            yield f"{row['model']}: read with care: {row['warnings']}."
    for row in ask(_CLASSES):
        yield (
            f"{row['model']}: {row['class_name']} leaks most or nearly: |AS| "
            f"{row['abs_as_median_deg']:.2f}° ({_between(row, 'abs_as', '_deg')}), rank "
            f"{row['rank_ci_low']} to {row['rank_ci_high']}."
        )
    for row in ask(_PAIRS):
        yield (
            f"{row['model']}: {row['source_class']} pictures can be turned towards "
            f"{row['target_class']} by {row['as_mean_deg']:.1f}° {_KEPT[row['null_mode']]} (a step "
            f"of IS {row['target_is_deg']:g}°, mean of {row['n_reached']} of {row['n']})."
        )
    for row in ask(_GROUPS):
        yield (
            f"{row['model']}: {row['feature_share']:.0%} of what tells the values of "
            f"{row['concept_group']!r} apart is in its null space ({_between(row, 'feature_share')}"
            f"; of all variance {_figure(row['null_variance_share'])})."
        )


def class_findings(name: str, class_name: str, root: DataRoot) -> Iterator[str]:
    """Yield the phrases that null removal moves a class's pictures towards and away from most.

    Raises
    ------
    UnknownClassError
        If the run has no such class, or no vocabulary.
    """
    run = PublishedRun.named(name, root)
    rows = Warehouse(root).query(_CONCEPTS, [run.run_id, class_name]).to_pylist()
    if not rows:
        known = Warehouse(root).query(
            "select distinct class_name from main.class_scores where run_id = ? order by 1",
            [run.run_id],
        )
        raise UnknownClassError(
            f"{run.run_id} has no phrases of class {class_name!r}; known classes: "
            f"{listed(known['class_name'].to_pylist())}, and the study needs [concepts]"
        )
    for row in rows:
        yield f"{row['model']}: {in_words(row)}"


def in_words(row: dict[str, Any]) -> str:
    """One shift of table ``concept_scores`` as a sentence."""
    shift = row["as_mean_deg"]
    way = "towards" if shift > 0 else "away from"
    told = row["p_adjusted"] is not None and row["p_adjusted"] < TOLD
    doubt = "" if told else "; not told from its control"
    return (
        f"null removal moves {row['class_name']} pictures {way} {row['phrase']!r} by "
        f"{abs(shift):.2f}° ({_between(row, 'as', '_deg')}; a random step "
        f"{_figure(row['control_as_mean_deg'])}°{doubt})."
    )


def _between(row: dict[str, Any], name: str, unit: str = "") -> str:
    low, high = row[f"{name}_ci_low{unit}"], row[f"{name}_ci_high{unit}"]
    return f"{_figure(low)} to {_figure(high)}"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
