"""Score null removal against its controls and its complement, for one model."""

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.sample import CONTROLLED, sample_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.scores.control_intervals import ControlIntervals, medians_of
from sing_core.scores.controls import DRAWS, Controls, Moved

_KINDS = ("random_subspace", "random_vector", "principal", "covariance")

#: Null and principal removal, each plain and centered.
_N_REMOVALS = 4

#: Bootstrap draws, at most: each takes medians over all draws of every control.
_DRAWS = 300


def score_controls(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Store a model's tables of controls, removals and excesses."""
    known, analysis = sample_of(run), run.study.analysis
    sample, rows_of_sample = known.first(CONTROLLED)
    controls = Controls(
        *model.head, model.spaces, model.translator, known.features(model)[rows_of_sample],
        run.class_texts[sample.class_index], model.mean,
    )  # fmt: skip
    found: dict[tuple[str, int], Moved] = {}
    removals: dict[str, Moved] = {}
    for name, moved in controls.removals():
        removals[name] = moved
        advance(1)
    found["null", 0] = removals["null"]
    for kind, draw, moved in controls.draws(analysis.seed):
        found[kind, draw] = moved
        advance(1)
    intervals = ControlIntervals(
        found, removals, sample.class_index,
        draws=min(_DRAWS, analysis.bootstrap_draws), seed=analysis.seed,
    )  # fmt: skip
    model.write_rows(
        "control_scores",
        [
            {"kind": kind, "draw": draw, **medians_of(moved)}
            for (kind, draw), moved in found.items()
        ],
    )
    model.write_rows(
        "removal_scores",
        [
            {
                "removal": name,
                **medians_of(moved),
                **intervals.of_removal(name),
                "flipped_share": float(moved.flipped.mean()),
            }
            for name, moved in removals.items()
        ],
    )
    model.write_rows(
        "control_excess", [{"kind": kind, **intervals.of_excess(kind)} for kind in _KINDS]
    )


SCORE_CONTROLS = Analysis(
    name="scoring controls",
    leaves=("control_scores", "removal_scores", "control_excess"),
    needs=("models", "translators", "model_scores"),
    carry_out=score_controls,
    size=lambda run: _N_REMOVALS + len(_KINDS) * DRAWS,
    unit="steps",
)
