"""A map of the pictures, and where a model's features lie on it, with and without null part."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.sample import Sample, sample_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.picture_clusters import PictureClusters
from sing_core.geometry.picture_map import MOST, PictureMap
from warehouse.stored import parquet
from warehouse.stored.vectors import VectorFolder

_TABLE = "image_map"

#: Pictures that have a place, at most.
_MAPPED = 100_000

#: Features translated at once.
_AT_ONCE = 4096


def _sample(run: ExtractedRun) -> Sample:
    """The pictures that have a place."""
    return sample_of(run, _MAPPED)


def map_space(run: ExtractedRun) -> None:
    """Store the places of the space's own embeddings, which make the map; once a run."""
    if run.space_map.exists():
        return
    sample, seed = _sample(run), run.study.analysis.seed
    landmarks = run.embeddings.take(sample.first(MOST)[0].ids).astype(np.float64)
    drawn, clusters = PictureMap.of(landmarks, seed=seed), PictureClusters(landmarks, seed=seed)
    ids, places, numbers = _streamed(
        run.embeddings, sample, lambda vectors: (drawn.place(vectors), clusters.of(vectors))
    )
    columns = _columns(drawn, ids, "picture", places)
    columns["cluster"] = pa.array(numbers, pa.int32(), mask=numbers == 0)
    rows = parquet.table(_TABLE, {"run_id": run.run_id, "model": None, **columns})
    run.folder.write(_TABLE, rows)


def map_images(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Store where a model's features lie on the run's map."""
    sample = _sample(run)
    drawn = _map_of(run, sample)

    def placed(features: np.ndarray) -> tuple[np.ndarray, ...]:
        advance(len(features))
        kept = remove_null(features, model.spaces)
        return drawn.place(model.translator(features)), drawn.place(model.translator(kept))

    ids, *sides = _streamed(model.features, sample, placed)
    side = pa.array(["original", "equivalent"]).take(np.repeat(np.arange(2), len(ids)))
    model.write(_TABLE, _columns(drawn, ids * 2, side, np.concatenate(sides)))


def _streamed(
    folder: VectorFolder, sample: Sample, found: Callable[[np.ndarray], tuple[np.ndarray, ...]]
) -> tuple[Any, ...]:
    """The sample's ids, sorted, and what is found of their vectors, some thousands at a time."""
    ids: list[str] = []
    parts: list[tuple[np.ndarray, ...]] = []
    for some, vectors in folder.shards(set(sample.ids), _AT_ONCE):
        if some:
            ids += some
            parts.append(found(vectors.astype(np.float64)))
    order = np.argsort(ids)
    columns = [np.concatenate(part)[order] for part in zip(*parts, strict=True)]
    return [ids[n] for n in order], *columns


def _map_of(run: ExtractedRun, sample: Sample) -> PictureMap:
    """The map as `map_space` stored it."""
    rows = run.folder.read(_TABLE).to_pydict()
    places = dict(zip(rows["image_id"], zip(rows["x"], rows["y"], strict=True), strict=True))
    ids = sample.first(MOST)[0].ids
    known = [image_id for image_id in ids if None not in places[image_id]]
    vectors = run.embeddings.take(known).astype(np.float64)
    if not known or rows["method"][0] == "PCA":
        return PictureMap.of(run.embeddings.take(ids).astype(np.float64), seed=0)
    return PictureMap.again(vectors, np.array([places[image_id] for image_id in known]))


def _columns(
    drawn: PictureMap, ids: list[str], side: str | pa.Array, places: np.ndarray
) -> dict[str, Any]:
    return {
        "image_id": ids, "side": side, "x": places[:, 0], "y": places[:, 1],
        "method": drawn.method, "cluster": None,
    }  # fmt: skip


MAP_IMAGES = Analysis(
    name="mapping pictures",
    leaves=(_TABLE,),
    needs=("models", "translators"),
    carry_out=map_images,
    size=lambda run: len(_sample(run).images),
)
