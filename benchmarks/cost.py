"""What all analyses together cost beside null removal alone, at the paper's size.

python benchmarks/cost.py [N] [CLASSES] [PAIRS]

One made-up model of 2048 features over N items (10,000) of CLASSES classes
(1,000), in a space of 768 dimensions with 100 phrases, given as arrays so that
no extraction is in the figures. Runs it PAIRS times (3) with everything on and
as often with null removal alone, in turn, each into an empty data root. Prints
the median seconds of every step (with everything, alone), the ratio of the two
kinds of runs, and the peak memory.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from flows.pipeline import run_study
from flows.study_file import load_study
from warehouse.layout import DataRoot

#: Steps without which there is no score of null removal, or none published.
ALONE = (
    "find_images", "prepare_model", "embed_texts", "describe_head", "extract_features",
    "fit_translator", "score_pairs", "list_artifacts", "finish",
)  # fmt: skip

STUDY = """
name = "cost"
[images]
table = "items.parquet"
class_names = "classes.txt"
[space]
embeddings = "embeddings.npy"
class_texts = "class_texts.npy"
concept_texts = "concept_texts.npy"
[[models]]
id = "made-up"
features = "features.npy"
head = "head.npz"
[concepts]
file = "concepts.txt"
"""


def make(folder: Path, n: int, n_classes: int, m: int = 2048, s: int = 768) -> Path:
    """Write arrays in which features, embeddings and texts all know the classes."""
    rng = np.random.default_rng(0)
    classes = np.sort(rng.integers(n_classes, size=n))
    hidden = rng.normal(size=(n_classes, 64))[classes] + rng.normal(size=(n, 64))
    arrays = {
        "features": np.maximum(hidden @ rng.normal(size=(64, m)) + rng.normal(size=(n, m)), 0),
        "embeddings": hidden @ rng.normal(size=(64, s)) + rng.normal(size=(n, s)),
        "class_texts": rng.normal(size=(n_classes, s)),
        "concept_texts": rng.normal(size=(100, s)),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array.astype(np.float32))
    weight = rng.normal(size=(n_classes, m)).astype(np.float32) / np.sqrt(m)
    np.savez(folder / "head.npz", weight=weight, bias=np.zeros(n_classes, np.float32))
    names = [f"class {c:04}" for c in range(n_classes)]
    (folder / "classes.txt").write_text("\n".join(names))
    groups = [f"group {i // 10}: phrase {i}" for i in range(100)]
    (folder / "concepts.txt").write_text("\n".join(groups))
    items = {"id": [f"item {i}" for i in range(n)], "class": [names[c] for c in classes]}
    pl.DataFrame(items).write_parquet(folder / "items.parquet")
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"


def measure(study: Path, root: DataRoot, groups: Path | None = None) -> dict[str, float]:
    """Seconds of each step of one run; without extraction, which both kinds share.

    With stored tables of group scores, without which nothing is published, null
    removal alone.
    """
    seconds: dict[str, float] = {}

    def timed(function: Callable[..., Any], *args: Any, name: str) -> Any:
        del name
        step = function.__name__
        if groups is not None and step not in ALONE:
            if step == "score_groups":
                copytree(groups, next(root.runs.iterdir()) / "tables", dirs_exist_ok=True)
            return None
        began = time.perf_counter()
        result = function(*args)
        if step != "extract_features":
            seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - began
        return result

    run_study(load_study(study), root, timed)
    return seconds


def main(n: int, n_classes: int, repeats: int) -> None:
    runs: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study, first, groups = make(folder, n, n_classes), DataRoot(folder / "first"), folder / "g"
        measure(study, first)  # the features, and warm caches
        for table in ("group_scores", "group_value_scores"):
            (path,) = first.runs.glob(f"*/tables/{table}")
            copytree(path, groups / table)
        for _ in range(repeats):
            for everything in (False, True):
                root = DataRoot(folder / "data")
                for part in ("features", "embeddings", "heads", "texts"):
                    copytree(first.path / part, root.path / part)
                runs[everything].append(measure(study, root, None if everything else groups))
                rmtree(root.path)
    for step in runs[True][0]:
        with_all = median(run[step] for run in runs[True])
        alone = [run[step] for run in runs[False] if step in run]
        print(f"{step:18} {with_all:7.2f} s" + (f"{median(alone):9.2f} s" if alone else ""))
    whole, without = ([sum(run.values()) for run in runs[kind]] for kind in (True, False))
    ratios = sorted(a / b for a, b in zip(whole, without, strict=True))
    print(
        f"all of it {median(whole):.1f} s, null removal alone {median(without):.1f} s: "
        f"{median(ratios):.2f} times ({ratios[0]:.2f} to {ratios[-1]:.2f} in {repeats} pairs)"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*given, *(10_000, 1_000, 3)[len(given) :])
