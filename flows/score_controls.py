"""Score null removal against its controls and its complement, for one model."""

from typing import Any

import numpy as np

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.sampled import sample_of
from sing_core.bootstrap import excess_interval, ratio_interval
from sing_core.controls import DRAWS, Controls, Moved
from sing_core.summaries import ratio_of_medians
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

_KINDS = ("random_subspace", "random_vector", "principal", "covariance")

#: Bootstrap draws of an excess, at most: each takes medians over all draws of a control.
_EXCESS_DRAWS = 300


def score_controls(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Store a model's tables of controls, removals and excesses; at once if done before."""
    model = head.about.model
    tables = ("control_scores", "removal_scores", "control_excess")
    if all(root.table(run_id, table, model).exists() for table in tables):
        return
    sample, analysis = sample_of(inputs), inputs.study.analysis
    class_texts, _ = inputs.texts.arrays()
    controls = Controls(
        *head.arrays(), spaces_of(inputs, head, run_id, root),
        load_translator(run_id, model, root), sample.features(inputs, head, root),
        class_texts[sample.class_index], _mean_feature(inputs, head, root),
    )  # fmt: skip
    found: dict[tuple[str, int], Moved] = {}
    removals: dict[str, Moved] = {}
    with progress(f"scoring controls of {model}", 4 + len(_KINDS) * DRAWS, "steps") as advance:
        for name, moved in controls.removals():
            removals[name] = moved
            advance(1)
        found["null", 0] = removals["null"]
        for kind, draw, moved in controls.draws(analysis.seed):
            found[kind, draw] = moved
            advance(1)
    classes, draws = sample.class_index, analysis.bootstrap_draws
    rows: dict[str, list[dict[str, Any]]] = {
        "control_scores": [
            {"kind": kind, "draw": draw, **_medians(moved)} for (kind, draw), moved in found.items()
        ],
        "removal_scores": [
            {
                "removal": name,
                **_medians(moved),
                **_interval(moved, classes, draws, analysis.seed),
                "flipped_share": float(moved.flipped.mean()),
            }
            for name, moved in removals.items()
        ],
        "control_excess": [
            {
                "kind": kind,
                **_excess(found, kind, classes, min(draws, _EXCESS_DRAWS), analysis.seed),
            }
            for kind in _KINDS
        ],
    }
    for table in tables:
        columns = {name: [row[name] for row in rows[table]] for name in rows[table][0]}
        parquet.write(
            root.table(run_id, table, model),
            parquet.table(table, {"run_id": run_id, "model": model, **columns}),
        )


def _mean_feature(inputs: Inputs, head: Head, root: DataRoot) -> np.ndarray:
    total = np.zeros(head.about.n_features)
    wanted = set(inputs.images["image_id"])
    for _, x in VectorFolder(inputs.features(head, root).folder).shards(wanted):
        total += x.sum(axis=0, dtype=np.float64)
    return total / len(wanted)


def _medians(moved: Moved) -> dict[str, Any]:
    defined = np.isfinite(moved.as_deg) & np.isfinite(moved.is_deg)
    some = defined.any()
    low, middle, high = np.quantile(moved.logit_l2, [0.05, 0.5, 0.95])
    return {
        "n": int(defined.sum()),
        "abs_as_median_deg": float(np.median(np.abs(moved.as_deg[defined]))) if some else None,
        "is_median_deg": float(np.median(moved.is_deg[defined])) if some else None,
        "is_as_ratio": ratio_of_medians(moved.as_deg, moved.is_deg),
        "logit_l2_median": float(middle),
        "logit_l2_q05": float(low),
        "logit_l2_q95": float(high),
    }


def _interval(moved: Moved, classes: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    defined = np.isfinite(moved.as_deg) & np.isfinite(moved.is_deg)
    low, high = ratio_interval(
        moved.is_deg[defined], np.abs(moved.as_deg[defined]), classes[defined],
        draws=draws, seed=seed,
    )  # fmt: skip
    return {"ratio_ci_low": low, "ratio_ci_high": high}


def _excess(
    found: dict[tuple[str, int], Moved], kind: str, classes: np.ndarray, draws: int, seed: int
) -> dict[str, Any]:
    """How many times the control's ratio the model's is, all draws of the control together."""
    null = found["null", 0]
    as_deg, is_deg = (
        np.stack([getattr(found[kind, draw], name) for draw in range(DRAWS)], axis=1)
        for name in ("as_deg", "is_deg")
    )
    defined = np.isfinite(null.as_deg + null.is_deg) & np.isfinite(as_deg + is_deg).all(axis=1)
    control = ratio_of_medians(as_deg[defined].ravel(), is_deg[defined].ravel())
    ratio = np.float64(ratio_of_medians(null.as_deg[defined], null.is_deg[defined]))
    low, high = excess_interval(
        (null.is_deg[defined], is_deg[defined]),
        (np.abs(null.as_deg[defined]), np.abs(as_deg[defined])),
        classes[defined],
        draws=draws,
        seed=seed,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = float(ratio / control)
    return {
        "n": int(defined.sum()), "n_draws": DRAWS, "control_ratio": control,
        "ratio_excess": excess, "excess_ci_low": low, "excess_ci_high": high,
    }  # fmt: skip
