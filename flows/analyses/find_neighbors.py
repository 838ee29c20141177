"""Pictures of what moved: the nearest real pictures of T f and of T f~, for one model."""

import numpy as np
import pyarrow as pa

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.nearest_pictures import nearest_pictures
from flows.runs.sample import sample_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.equivalent_pairs import remove_null

#: Neighbors a side.
N_NEIGHBORS = 5


def find_neighbors(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Store a model's table of neighbors."""
    sample = sample_of(run)
    features = sample.features(model)
    sides = {
        "original": model.translator(features),
        "equivalent": model.translator(remove_null(features, model.spaces)),
    }
    queries = np.concatenate(list(sides.values()))
    found, apart = nearest_pictures(run.embeddings, run.class_of, queries, N_NEIGHBORS, advance)
    n, k = found.shape
    model.write(
        "neighbors",
        {
            "image_id": pa.array(sample.ids * len(sides)).take(np.repeat(np.arange(n), k)),
            "side": pa.array(list(sides)).take(np.repeat(np.arange(len(sides)), n * k // 2)),
            "neighbor_rank": np.tile(np.arange(1, k + 1), n),
            "neighbor_image_id": pa.array(found.ravel()),
            "angle_deg": apart.ravel(),
        },
    )


FIND_NEIGHBORS = Analysis(
    name="finding neighbors",
    leaves=("neighbors",),
    needs=("models", "translators"),
    carry_out=find_neighbors,
)
