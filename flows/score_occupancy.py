"""Score a model's null energy as a sign of pictures of another kind, where a study has some."""

import numpy as np
from scipy.special import softmax

from flows.decompose_heads import spaces_of
from flows.find_images import Manifest
from flows.prepare_models import Head
from flows.runs import Inputs
from flows.stored_vectors import features_of
from sing_core.occupancy import auroc
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


def score_occupancy(
    inputs: Inputs, outside: Manifest, head: Head, run_id: str, root: DataRoot
) -> None:
    """Compare null energies of held-out pictures with those of another kind; store the table."""
    model = head.about.model
    table = root.table(run_id, "occupancy", model)
    if table.exists():
        return
    images = inputs.images
    held = images.filter(images["split"] == "holdout")
    known = set((held if len(held) else images)["image_id"])
    spaces, (weight, bias) = spaces_of(head, run_id, root), head.arrays()

    def scores(folder: VectorFolder, wanted: set[str]) -> tuple[np.ndarray, np.ndarray]:
        energy, doubt = [], []
        for _, x in folder.shards(wanted):
            x = x.astype(np.float64)
            x = x[np.square(x).sum(axis=1) > 0]  # a zero feature has no energy to share
            energy.append(np.square(x @ spaces.null).sum(axis=1) / np.square(x).sum(axis=1))
            doubt.append(1 - softmax(x @ weight.T + bias, axis=1).max(axis=1))
        return np.concatenate(energy), np.concatenate(doubt)

    own = scores(VectorFolder(inputs.features(head, root).folder), known)
    others = scores(
        VectorFolder(features_of(head, outside, root).folder), set(outside.images["image_id"])
    )
    by_energy, by_doubt = (auroc(a, b) for a, b in zip(own, others, strict=True))
    row = {
        "run_id": run_id,
        "model": model,
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
    }
    parquet.write(table, parquet.table("occupancy", row))
