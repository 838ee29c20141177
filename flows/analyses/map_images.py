"""A map of the pictures, and where a model's features lie on it, with and without null part."""

import numpy as np
import pyarrow as pa

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.sample import Sample, sample_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.picture_map import MOST, PictureMap
from warehouse.stored import parquet

_TABLE = "image_map"

#: Pictures that have a place, at most.
_MAPPED = 20_000

#: Features translated at once.
_AT_ONCE = 4096


def _sample(run: ExtractedRun) -> Sample:
    """The pictures that have a place."""
    return sample_of(run, _MAPPED)


def map_space(run: ExtractedRun) -> None:
    """Store the places of the space's own embeddings, which make the map; once a run."""
    if run.space_map.exists():
        return
    sample = _sample(run)
    embedded = run.embeddings.take(sample.ids).astype(np.float64)
    _, landmarks = sample.first(MOST)
    drawn = PictureMap.of(embedded[landmarks], seed=run.study.analysis.seed)
    columns = _columns(drawn, sample.ids, "picture", drawn.place(embedded))
    rows = parquet.table(_TABLE, {"run_id": run.run_id, "model": None, **columns})
    run.folder.write(_TABLE, rows)


def map_images(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Store where a model's features lie on the run's map."""
    sample = _sample(run)
    drawn, ids = _map_of(run, sample), sample.ids
    features = model.features.take(ids)
    sides: dict[str, list[np.ndarray]] = {"original": [], "equivalent": []}
    for start in range(0, len(features), _AT_ONCE):
        some = features[start : start + _AT_ONCE].astype(np.float64)
        sides["original"].append(drawn.place(model.translator(some)))
        sides["equivalent"].append(drawn.place(model.translator(remove_null(some, model.spaces))))
        advance(len(some))
    side = pa.array(list(sides)).take(np.repeat(np.arange(len(sides)), len(ids)))
    places = np.concatenate([part for parts in sides.values() for part in parts])
    model.write(_TABLE, _columns(drawn, ids * len(sides), side, places))


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
) -> dict[str, object]:
    return {
        "image_id": ids, "side": side, "x": places[:, 0], "y": places[:, 1],
        "method": drawn.method,
    }  # fmt: skip


MAP_IMAGES = Analysis(
    name="mapping pictures",
    leaves=(_TABLE,),
    needs=("models", "translators"),
    carry_out=map_images,
    size=lambda run: len(_sample(run).images),
)
