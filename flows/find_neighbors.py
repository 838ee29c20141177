"""Pictures of what moved: the nearest real pictures of T f and of T f~, for one model."""

import numpy as np
import pyarrow as pa

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.sampled import sample_of
from sing_core.angles import angle_deg
from sing_core.equivalent_pairs import remove_null
from sing_core.neighbors import Nearest
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: Neighbors a side.
N_NEIGHBORS = 5

#: Pictures of the gallery compared at once.
_AT_ONCE = 1024


def find_neighbors(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Store a model's table of neighbors; at once if done before."""
    model = head.about.model
    table = root.table(run_id, "neighbors", model)
    if table.exists():
        return
    translator, sample = load_translator(run_id, model, root), sample_of(inputs)
    features = sample.features(inputs, head, root)
    sides = {
        "original": translator(features),
        "equivalent": translator(remove_null(features, spaces_of(head, run_id, root))),
    }
    gallery = VectorFolder(inputs.embeddings(root).folder)
    queries = np.concatenate(list(sides.values()))
    nearest = Nearest(queries, N_NEIGHBORS)
    wanted = set(inputs.images["image_id"])
    with progress(f"finding neighbors with {model}", len(wanted), "pictures") as advance:
        for ids, vectors in gallery.shards(wanted, _AT_ONCE):
            nearest.add(ids, vectors)
            advance(len(ids))
    found = nearest.ids()
    n, k = found.shape
    place = {image_id: row for row, image_id in enumerate(sorted(set(found.ravel())))}
    vectors = gallery.take(list(place)).astype(np.float64)
    rows = np.array([place[i] for i in found.ravel()])
    parquet.write(
        table,
        parquet.table(
            "neighbors",
            {
                "run_id": run_id,
                "model": model,
                "image_id": pa.array(sample.ids * len(sides)).take(np.repeat(np.arange(n), k)),
                "side": pa.array(list(sides)).take(np.repeat(np.arange(len(sides)), n * k // 2)),
                "neighbor_rank": np.tile(np.arange(1, k + 1), n),
                "neighbor_image_id": pa.array(found.ravel()),
                "angle_deg": angle_deg(np.repeat(queries, k, axis=0), vectors[rows]),
            },
        ),
    )
