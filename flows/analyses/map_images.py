"""A map of the pictures, and where each model's features lie on it, with and without null part."""

import numpy as np
import pyarrow as pa

from flows.runs.extracted import ExtractedRun
from flows.runs.sample import sample_of
from flows.terminal.progress import progress
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.picture_map import MOST, PictureMap
from warehouse.stored import parquet

#: Pictures that have a place, at most.
_MAPPED = 20_000

#: Features translated at once.
_AT_ONCE = 4096


def map_images(run: ExtractedRun) -> None:
    """Store the table of places, for the space and for every model."""
    if run.folder.parts("image_map"):
        return
    sample = sample_of(run, _MAPPED)
    ids = sample.ids
    embedded = run.embeddings.take(ids).astype(np.float64)
    # Of the pictures that are drawn, the first in turn of the classes: of every class as many.
    first = set(sample_of(run, MOST).ids)
    landmarks = embedded[[image_id in first for image_id in ids]]
    with progress("mapping pictures", (1 + len(run.models)) * len(ids), "places") as advance:
        drawn = PictureMap.of(landmarks, seed=run.study.analysis.seed)
        tables = [_table(run, drawn, None, ids, "picture", drawn.place(embedded))]
        advance(len(ids))
        for prepared in run.models:
            model = run.model(prepared)
            features = model.features.take(ids)
            sides: dict[str, list[np.ndarray]] = {"original": [], "equivalent": []}
            for start in range(0, len(features), _AT_ONCE):
                some = features[start : start + _AT_ONCE].astype(np.float64)
                for side, rows in (
                    ("original", some),
                    ("equivalent", remove_null(some, model.spaces)),
                ):
                    sides[side].append(drawn.place(model.translator(rows)))
                advance(len(some))
            tables += [
                _table(run, drawn, model.id, ids, side, np.concatenate(places))
                for side, places in sides.items()
            ]
    run.folder.write("image_map", pa.concat_tables(tables))


def _table(
    run: ExtractedRun, drawn: PictureMap, model: str | None, ids: list[str], side: str,
    places: np.ndarray,
) -> pa.Table:  # fmt: skip
    columns = {
        "run_id": run.run_id, "model": model, "image_id": ids, "side": side, "x": places[:, 0],
        "y": places[:, 1], "method": drawn.method,
    }  # fmt: skip
    return parquet.table("image_map", columns)
