"""Pictures of what moved: the nearest real pictures of T f and of T f~, for one model."""

from collections.abc import Callable, Container

import numpy as np
import pyarrow as pa

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.sampled import sample_of
from sing_core.angles import arccos_deg, unit
from sing_core.equivalent_pairs import remove_null
from sing_core.neighbors import Nearest
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: Neighbors a side.
N_NEIGHBORS = 5

#: Neighbors more than asked for that exact angles choose from.
_SPARE = 3

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
    queries, wanted = np.concatenate(list(sides.values())), set(inputs.images["image_id"])
    gallery = VectorFolder(inputs.embeddings(root).folder)
    with progress(f"finding neighbors with {model}", len(wanted), "pictures") as advance:
        found, apart = nearest_pictures(gallery, wanted, queries, N_NEIGHBORS, advance)
    n, k = found.shape
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
                "angle_deg": apart.ravel(),
            },
        ),
    )


def nearest_pictures(
    gallery: VectorFolder,
    wanted: Container[str],
    queries: np.ndarray,
    k: int,
    advance: Callable[[int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Ids of the k wanted pictures nearest to each query, and their angles in degrees.

    Both are queries × k, nearest first; fewer than k where there are fewer pictures.
    """
    nearest = Nearest(queries, k + _SPARE)
    for ids, vectors in gallery.shards(wanted, _AT_ONCE):
        nearest.add(ids, vectors)
        advance(len(ids))
    found = nearest.ids()
    place = {image_id: row for row, image_id in enumerate(sorted(set(found.ravel())))}
    vectors, towards = unit(gallery.take(list(place))), unit(queries)
    rows = np.array([place[i] for i in found.ravel()]).reshape(found.shape)
    cosine = [np.einsum("nd,nd->n", towards, vectors[column]) for column in rows.T]
    apart = arccos_deg(np.stack(cosine, axis=1))
    closest = np.argsort(apart, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, closest, axis=1), np.take_along_axis(apart, closest, axis=1)
