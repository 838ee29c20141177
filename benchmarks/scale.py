"""What a cluster costs and gains, on this machine: two workers against one, and the overhead.

    python benchmarks/scale.py [ENGINE ...]

With two nodes of Ray and two workers of Dask on loopback, one core each: the seconds that a unit
takes beside its work, and pictures a second of extraction by one worker and by two, each with one
thread, in turns: of ``../shared/real/pictures.toml`` in shards of 64.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from flows.engines.choose import engine_at
from flows.extraction.extract_features import extract_features
from flows.features.sources import sources_of
from flows.pipeline import find_inputs
from flows.study.load import load_study
from tests.support import units
from tests.support.clusters import dask_cluster, ray_cluster
from warehouse.layout import DataRoot

#: Units of a nap each, and how long they nap.
N_UNITS, NAP_S = 200, 0.02

ROUNDS = 2

Start = Callable[[int], AbstractContextManager[Any]]


@contextmanager
def ray(workers: int) -> Iterator[Any]:
    with (
        tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder,
        ray_cluster(Path(folder), nodes=workers) as cluster,
    ):
        yield cluster


@contextmanager
def dask(workers: int) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder, dask_cluster(Path(folder), workers) as cluster:
        yield cluster


def overhead(start: Start) -> float:
    """Milliseconds a unit beside its nap, with two workers."""
    with start(2) as cluster, engine_at(cluster.address) as engine:
        while engine.n_workers() < 2:  # type: ignore[attr-defined]
            time.sleep(0.1)
        list(engine.map(units.nap, NAP_S, map(units.Unit, range(4)), named="unit {n}"))
        begun = time.perf_counter()
        list(engine.map(units.nap, NAP_S, map(units.Unit, range(N_UNITS)), named="unit {n}"))
        took = time.perf_counter() - begun
    return 1e3 * (2 * took / N_UNITS - NAP_S)


def rates(start: Start, study_file: Path) -> dict[int, list[float]]:
    """Pictures a second of extraction by one worker and by two, networks loaded before."""
    found: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers in found:
            with (
                start(workers) as cluster,
                tempfile.TemporaryDirectory() as place,
                engine_at(cluster.address) as engine,
            ):
                study, root = load_study(study_file), DataRoot(Path(place))
                inputs = find_inputs(study, root)
                sources = sources_of(study, inputs.manifest, inputs.models, inputs.texts, root)
                # The first units load the networks, which is done once a worker.
                few = replace(inputs.manifest, images=inputs.manifest.images[: 64 * workers])
                first = sources_of(study, few, inputs.models, inputs.texts, root)
                extract_features(study, few, first, root, engine)
                begun = time.perf_counter()
                extract_features(study, inputs.manifest, sources, root, engine)
                n = len(inputs.manifest.images) - len(few.images)
                found[workers].append(n / (time.perf_counter() - begun))
    return found


def main(engines: Sequence[str]) -> None:
    study = Path(__file__).parents[2] / "shared" / "real" / "pictures.toml"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "study"
        subprocess.run(["cp", "-rs", study.parent.resolve(), copy], check=True)
        text = study.read_text()
        (copy / study.name).unlink()
        (copy / study.name).write_text(f"{text}\n[analysis]\nshard_size = 64\nbatch_size = 8\n")
        for name in engines:
            start = {"ray": ray, "dask": dask}[name]
            print(f"{name}: {overhead(start):.1f} ms a unit beside its work", flush=True)
            by = rates(start, copy / study.name)
            one, two = (statistics.median(some) for some in by.values())
            print(
                f"{name}: {one:.1f} pictures/s by one worker, {two:.1f} by two: {two / one:.2f} "
                f"times (rounds {by})",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ("ray", "dask"))
