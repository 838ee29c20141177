"""Memory and time of a run against the number of its items, without extraction: given arrays.

    python benchmarks/rows.py [--dask] [ITEMS ...]

Makes arrays of so many items (10,000, 100,000 and 1,280,000, as many as ImageNet-1k has), of 256
features and 128 values of embedding in 100 classes, and carries out a study over them, each in a
process of its own. Prints seconds and peak memory after each step; with ``--dask``, those of
the process that gives the model to a worker of Dask.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.clusters import dask_cluster

COUNTS = (10_000, 100_000, 1_280_000)

FEATURES, SPACE, CLASSES, PHRASES = 256, 128, 100, 20

#: Rows that are made at a time.
_AT_ONCE = 65_536

STUDY = """
name = "rows"

[images]
table = "items.parquet"
class_names = "classes.txt"

[space]
embeddings = "space.npy"
class_texts = "classes.npy"
concept_texts = "phrases.npy"

[[models]]
id = "given"
features = "features.npy"
head = "head.npz"

[concepts]
file = "concepts.txt"
"""


def make(folder: Path, n: int) -> Path:
    """Arrays of n items whose embeddings follow their features, noisily; returns the study."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    places = np.arange(n)
    pl.DataFrame(
        {
            "id": [f"item-{i:08}" for i in places],
            "class": [f"class {i % CLASSES:03}" for i in places],
        }
    ).write_parquet(folder / "items.parquet")
    turn = rng.normal(size=(FEATURES, SPACE)).astype(np.float32) / 16
    shapes = {"features": (n, FEATURES), "space": (n, SPACE)}
    given, space = (
        np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, shape)
        for name, shape in shapes.items()
    )
    for first in range(0, n, _AT_ONCE):
        x = rng.normal(size=(min(_AT_ONCE, n - first), FEATURES)).astype(np.float32)
        noise = rng.normal(size=(len(x), SPACE)).astype(np.float32)
        given[first : first + len(x)], space[first : first + len(x)] = x, x @ turn + noise
    for array in (given, space):
        array.flush()
    weight = rng.normal(size=(CLASSES, FEATURES)).astype(np.float32)
    np.savez(folder / "head.npz", weight=weight, bias=np.zeros(CLASSES, np.float32))
    np.save(folder / "classes.npy", rng.normal(size=(CLASSES, SPACE)).astype(np.float32))
    np.save(folder / "phrases.npy", rng.normal(size=(PHRASES, SPACE)).astype(np.float32))
    (folder / "concepts.txt").write_text("\n".join(f"phrase {i}" for i in range(PHRASES)))
    (folder / "classes.txt").write_text("\n".join(f"class {i:03}" for i in range(CLASSES)))
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"


def child(study: str, data: str, address: str | None = None) -> None:
    """Run the study in this process; prints seconds and peak memory after each step."""
    from flows.engines.choose import engine_at
    from flows.pipeline import run_study
    from flows.study.load import load_study
    from warehouse.layout import DataRoot

    def noted(function: Any, *args: Any, name: str, task: str | None = None) -> Any:
        del task
        begun = time.perf_counter()
        result = function(*args)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"  {name}: {time.perf_counter() - begun:,.1f} s, peak {peak:,.2f} GiB", flush=True)
        return result

    with engine_at(address) as engine:
        run_study(load_study(study), DataRoot(Path(data)), noted, engine=engine)


def main(counts: Sequence[int], *, on_dask: bool) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        there = [stack.enter_context(dask_cluster(place, 1)).address] if on_dask else []
        for n in counts:
            study = make(Path(folder) / f"{n}", n)
            print(f"{n:,} items:", flush=True)
            command = [
                sys.executable,
                __file__,
                "--child",
                str(study),
                str(study.parent / "data"),
                *there,
            ]
            ran = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            if ran.returncode:
                sys.exit(ran.stderr[-2000:])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        given = [one for one in sys.argv[1:] if one != "--dask"]
        main([*map(int, given)] or COUNTS, on_dask="--dask" in sys.argv)
