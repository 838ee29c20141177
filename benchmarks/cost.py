"""What all analyses together cost beside null removal alone, at the paper's size.

python benchmarks/cost.py [N] [CLASSES]

One made-up model of 2048 features over N items (10,000) of CLASSES classes
(1,000), in a space of 768 dimensions with 100 phrases, given as arrays so that
no extraction is in the figures. Prints the seconds of every step, the ratio of
the whole to null removal alone, and the peak memory.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
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


def main(n: int, n_classes: int) -> None:
    seconds: dict[str, float] = {}

    def timed(function: Callable[..., Any], *args: Any, name: str) -> Any:
        del name
        began = time.perf_counter()
        result = function(*args)
        seconds[function.__name__] = (
            seconds.get(function.__name__, 0.0) + time.perf_counter() - began
        )
        return result

    with TemporaryDirectory() as folder:
        study = make(Path(folder), n, n_classes)
        run_study(load_study(study), DataRoot(Path(folder) / "data"), timed)
    for name, took in seconds.items():
        print(f"{name:18} {took:7.1f} s{'' if name in ALONE else '  beyond null removal'}")
    without = sum(seconds[name] for name in ALONE if name != "extract_features")
    whole = sum(seconds.values()) - seconds["extract_features"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"all of it {whole:.1f} s, null removal alone {without:.1f} s: {whole / without:.2f} times"
    )
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["10000", "1000"][len(sys.argv) - 1 :])))
