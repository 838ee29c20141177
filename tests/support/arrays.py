"""A finished run's features, head, embeddings and texts as somebody's own arrays."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

from tests.oracle.scores import Oracle, vectors
from tests.support import world

STUDY = """
name = "small"

[images]
table = "items.csv"

[space]
embeddings = "clip.safetensors"
class_texts = "classes.parquet"
concept_texts = "phrases.npz:phrases"

[[models]]
id = "res"
features = "res.npy"
head = "res.npz"

[[models]]
id = "byob"
features = "byob.parquet"
head = "byob_head.safetensors"

[concepts]
file = "concepts.txt"

[analysis]
bootstrap_draws = 200
shard_size = 16
"""


def write(made, folder: Path) -> Path:
    """Write what ``made``'s run stored as arrays of every kind; returns the study file.

    The table is not in the order of paths, so that only who keeps to it gets it right.
    """
    run = Oracle(made.root.path, made.outcome.run_id)
    images = sorted(made.rows("from latest.images"), key=lambda row: row["image_id"])
    with (folder / "items.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "class", "sha256", "remark"])
        table.writerows([r["path"], r["class_name"], r["sha256"], "not read"] for r in images)

    def rows(kind: str, model: str | None) -> np.ndarray:
        found = vectors(run.root, run.paths(kind, model))
        return np.array([found[row["image_id"]] for row in images])

    np.save(folder / "res.npy", rows("features", "res"))
    head = load_file(run.root / run.paths("head", "res")[0])
    np.savez(folder / "res.npz", **head)
    save_parquet(folder / "byob.parquet", [r["path"] for r in images], rows("features", "byob"))
    save_file(load_file(run.root / run.paths("head", "byob")[0]), folder / "byob_head.safetensors")
    save_file({"clip": rows("embeddings", None).astype(np.float32)}, folder / "clip.safetensors")
    # Of any length: only the direction of a text matters.
    save_parquet(folder / "classes.parquet", list(world.CLASSES), 3 * run.class_texts)
    np.savez_compressed(folder / "phrases.npz", phrases=run.concept_texts / 7, other=np.eye(2))
    (folder / "concepts.txt").write_text((made.folder / "concepts.txt").read_text())
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"


def save_parquet(path: Path, ids: list[str], rows: np.ndarray) -> None:
    """Save rows with their ids, last row first."""
    lists = pa.array(list(rows[::-1]), pa.list_(pa.float64()))
    pq.write_table(pa.table({"id": ids[::-1], "feature": lists}), path, row_group_size=9)
