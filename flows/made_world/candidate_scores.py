"""What a study knows of each attribute without changing a scene, to hold against the truth."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from flows.analyses.score_groups import group_rows
from flows.made_world.readout_candidates import readout_candidates
from flows.runs.extracted import ExtractedRun
from flows.runs.groups import Groups
from flows.runs.linear_readers import read_parts
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import progress
from sing_core.statistics.explained import explained_shares
from warehouse.read import Warehouse


def shift_candidates(run: ExtractedRun) -> Iterator[dict[str, Any]]:
    """Yield every model's candidates from shifts of images: ``model, attribute, score, value``."""
    for row in Warehouse(run.root).ask("attribute_shifts", run=run.run_id).to_pylist():
        for score in ("abs_as_median_deg", "as_contrast_deg"):
            yield _candidate(row["model"], row["attribute"], score, row[score])


def group_candidates(
    run: ExtractedRun, model: StoredModel, labeled: Groups, unlabeled: Groups
) -> Iterator[dict[str, Any]]:
    """Yield a model's candidates from the run's groups, with the images' labels and without."""
    for suffix, groups in (("", labeled), (" (zero-shot labels)", unlabeled)):
        with progress(f"scoring groups of {model.id}", len(run.images), "pictures") as advance:
            rows = group_rows(run, model, groups, advance).groups
        for row in rows:
            for score, value in _scores(row).items():
                yield _candidate(model.id, row["concept_group"], score + suffix, value)
    for attribute, share in _readings(run, model, labeled).items():
        yield _candidate(model.id, attribute, "reading_share", share)
    for attribute, score, value in readout_candidates(run, model):
        yield _candidate(model.id, attribute, score, value)


def _candidate(model: str, attribute: str, score: str, value: float) -> dict[str, Any]:
    return {"model": model, "attribute": attribute, "score": score, "value": value}


def _scores(row: dict[str, Any]) -> dict[str, float]:
    """Candidates that follow from a row of group_scores."""
    without_null = row["margin_without_null_deg"]
    kept = row["margin_kept_by_null_deg"]
    return {
        "margin_kept_by_null_deg": kept,
        "margin_lost_deg": row["margin_lost_deg"],
        "margin_without_null_deg": without_null,
        "margin_kept_minus_left_deg": kept - without_null,
        "between_value_share": row["between_value_share"],
        "share_minus_control": row["between_value_share"] - row["control_share"],
        "feature_share": row["feature_share"],
        "effect_share": row["effect_share"],
        "effect_share_translated": row["effect_share_translated"],
        "feature_share_minus_control": row["feature_share"] - row["feature_control_share"],
    }


def _readings(run: ExtractedRun, model: StoredModel, groups: Groups) -> dict[str, float]:
    """Per group, how much of the space's own view of it can be read off the null part alone.

    R² of the held-out embedding along the group's centered texts, read from the
    null part, as a share of the sum with the principal part's. Needs no labels.
    """
    axes = [
        groups.texts[group.rows] - groups.texts[group.rows].mean(axis=0) for group in groups.all
    ]
    sizes = [len(some) for some in axes]

    def seen(ids: list[str]) -> np.ndarray:
        embedded = groups.embeddings.take(ids).astype(np.float64)
        return np.asarray(embedded @ np.concatenate(axes).T)

    explained = {}
    with progress(f"reading groups of {model.id}", len(run.images), "pictures") as advance:
        read = read_parts(run, model, seen, advance)
    for side, (guess, truth) in read.items():
        explained[side] = explained_shares(guess, truth, sizes)
    return {
        group.name: null / (null + principal) if null + principal else float("nan")
        for group, null, principal in zip(
            groups.all, explained["null"], explained["principal"], strict=True
        )
    }
