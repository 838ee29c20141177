"""Score null removal against its controls and its complement, for one model."""

from typing import Any

import numpy as np

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.sampled import CONTROLLED, sample_of
from flows.score_pairs import mean_feature
from sing_core.bootstrap import interval, resampled_medians
from sing_core.controls import DRAWS, Controls, Moved
from sing_core.summaries import ratio_of_medians
from warehouse import parquet
from warehouse.layout import DataRoot

_KINDS = ("random_subspace", "random_vector", "principal", "covariance")

#: Bootstrap draws, at most: each takes medians over all draws of every control.
_DRAWS = 300


def score_controls(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Store a model's tables of controls, removals and excesses; at once if done before."""
    model = head.about.model
    tables = ("control_scores", "removal_scores", "control_excess")
    if all(root.table(run_id, table, model).exists() for table in tables):
        return
    known, analysis = sample_of(inputs), inputs.study.analysis
    sample, rows_of_sample = known.first(CONTROLLED)
    class_texts, _ = inputs.texts.arrays()
    controls = Controls(
        *head.arrays(), spaces_of(head, run_id, root),
        load_translator(run_id, model, root), known.features(inputs, head, root)[rows_of_sample],
        class_texts[sample.class_index], mean_feature(run_id, model, root),
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
    intervals = _Intervals(
        found, removals, sample.class_index, min(_DRAWS, analysis.bootstrap_draws), analysis.seed
    )
    rows: dict[str, list[dict[str, Any]]] = {
        "control_scores": [
            {"kind": kind, "draw": draw, **_medians(moved)} for (kind, draw), moved in found.items()
        ],
        "removal_scores": [
            {
                "removal": name,
                **_medians(moved),
                **intervals.of_removal(name),
                "flipped_share": float(moved.flipped.mean()),
            }
            for name, moved in removals.items()
        ],
        "control_excess": [{"kind": kind, **intervals.of_excess(kind)} for kind in _KINDS],
    }
    for table in tables:
        parquet.write(
            root.table(run_id, table, model),
            parquet.rows_table(table, rows[table], run_id=run_id, model=model),
        )


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


class _Intervals:
    """Ratios of medians with their intervals, all from the same draws of images."""

    def __init__(
        self,
        found: dict[tuple[str, int], Moved],
        removals: dict[str, Moved],
        classes: np.ndarray,
        draws: int,
        seed: int,
    ) -> None:
        self._pairs = {
            ("removal", name): (moved.is_deg, np.abs(moved.as_deg))
            for name, moved in removals.items()
        }
        for (kind, draw), moved in found.items():
            self._pairs[kind, str(draw)] = (moved.is_deg, np.abs(moved.as_deg))
        every = [column for pair in self._pairs.values() for column in pair]
        # An angle is undefined where T f is zero, and then it is to every step.
        self._defined = np.isfinite(np.stack(every, axis=1)).all(axis=1)
        self.n = int(self._defined.sum())
        drawn = np.full((draws, len(every)), np.nan)
        if self.n > 1:
            columns = [column[self._defined] for column in every]
            drawn = resampled_medians(columns, classes[self._defined], draws=draws, seed=seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = drawn[:, 0::2] / drawn[:, 1::2]
        self._drawn = dict(zip(self._pairs, ratios.T, strict=True))

    def _ratio(self, key: tuple[str, str]) -> np.float64:
        top, bottom = (column[self._defined] for column in self._pairs[key])
        return np.float64(ratio_of_medians(bottom, top))

    def of_removal(self, name: str) -> dict[str, float]:
        low, high = interval(self._drawn["removal", name])
        return {"ratio_ci_low": low, "ratio_ci_high": high}

    def of_excess(self, kind: str) -> dict[str, Any]:
        """How many times the control's ratio the model's is.

        The control's ratio is the geometric mean over its draws; for the
        interval images are resampled, and draws too.
        """
        keys = [(kind, str(draw)) for draw in range(DRAWS)]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log([self._ratio(key) for key in keys])
            ratio = np.log(self._ratio(("removal", "null")))
            drawn = np.log(np.stack([self._drawn[key] for key in keys], axis=1))
            chosen = np.random.default_rng(0).integers(DRAWS, size=drawn.shape)
            control = np.take_along_axis(drawn, chosen, axis=1).mean(axis=1)
            low, high = interval(np.exp(np.log(self._drawn["removal", "null"]) - control))
        return {
            "n": self.n, "n_draws": DRAWS, "control_ratio": float(np.exp(logs.mean())),
            "ratio_excess": float(np.exp(ratio - logs.mean())),
            "excess_ci_low": low, "excess_ci_high": high,
        }  # fmt: skip
