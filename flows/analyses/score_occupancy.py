"""Score a model's null energy as a sign of pictures of another kind, where a study has some."""

from collections.abc import Set

import numpy as np

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.scores.occupancy import auroc, signs_of_another_kind
from warehouse.stored.vectors import VectorFolder


def score_occupancy(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Compare null energies of held-out pictures with those of another kind; store the table."""
    outside = run.inputs.outside
    assert outside is not None  # it applies to no other run

    def signs(folder: VectorFolder, wanted: Set[str]) -> tuple[np.ndarray, np.ndarray]:
        energy, doubt = [], []
        for ids, x in folder.shards(wanted):
            some_energy, some_doubt = signs_of_another_kind(x, *model.head, model.spaces)
            energy.append(some_energy)
            doubt.append(some_doubt)
            advance(len(ids))
        return np.concatenate(energy), np.concatenate(doubt)

    own = signs(model.features, _own(run))
    others = signs(run.outside_features(model.prepared), set(outside.images["image_id"]))
    by_energy, by_doubt = (auroc(a, b) for a, b in zip(own, others, strict=True))
    model.write(
        "occupancy",
        {
            "n_in": len(own[0]),
            "n_out": len(others[0]),
            "energy_median_in": float(np.median(own[0])),
            "energy_median_out": float(np.median(others[0])),
            "auroc": by_energy.value,
            "auroc_ci_low": by_energy.low,
            "auroc_ci_high": by_energy.high,
            "softmax_auroc": by_doubt.value,
            "softmax_auroc_ci_low": by_doubt.low,
            "softmax_auroc_ci_high": by_doubt.high,
        },
    )


def _own(run: ExtractedRun) -> set[str]:
    """The study's own pictures that are compared: those held out, if there are any."""
    held = run.images.filter(run.images["split"] == "holdout")
    return set((held if len(held) else run.images)["image_id"])


def _size(run: ExtractedRun) -> int:
    outside = run.inputs.outside
    return 0 if outside is None else len(_own(run)) + len(outside.images)


SCORE_OCCUPANCY = Analysis(
    name="scoring occupancy",
    leaves=("occupancy",),
    needs=("models",),
    carry_out=score_occupancy,
    size=_size,
    applies=lambda run: run.inputs.outside is not None,
)
