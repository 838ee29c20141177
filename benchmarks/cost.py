"""What all analyses together cost beside null removal alone, at the paper's size.

python benchmarks/cost.py [N] [CLASSES] [PAIRS] [MODELS]

MODELS made-up models (1) of 2048 features over N items (10,000) of CLASSES
classes (1,000), in a space of 768 dimensions with 100 phrases, given as arrays
so that no extraction is in the figures. Runs them PAIRS times (3) with
everything on and as often with null removal alone, in turn, each in a process
of its own with an empty data root but for the features: as bare steps (of one
model), and as the command ``sing run`` from its start to its end. Prints the
median seconds of every step (with everything, alone), the ratios of the two
kinds of runs, and the peak memory.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from flows import each_model, pipeline
from flows.analyses.score_groups import SCORE_GROUPS
from flows.cli import command
from flows.study.load import load_study
from warehouse.layout import DataRoot

#: The task of what is beyond null removal and its scores.
BEYOND = "put the scores of {model} in context"

STUDY = """
name = "cost"
[images]
table = "items.parquet"
class_names = "classes.txt"
[space]
embeddings = "embeddings.npy"
class_texts = "class_texts.npy"
concept_texts = "concept_texts.npy"
[concepts]
file = "concepts.txt"
"""

MODEL = """
[[models]]
id = "made-up-{}"
features = "features.npy"
head = "head.npz"
"""


def make(folder: Path, n: int, n_classes: int, models: int, m: int = 2048, s: int = 768) -> Path:
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
    (folder / "study.toml").write_text(STUDY + "".join(MODEL.format(i) for i in range(models)))
    return folder / "study.toml"


def without_the_rest(groups: Path) -> None:
    """Have this process carry out null removal alone.

    Group scores are copied from a run that has them: nothing is published without.
    """

    def copy_groups(run: Any, model: Any, advance: Callable[[int], None]) -> None:
        del model, advance
        copytree(groups, run.root.runs / run.run_id / "tables", dirs_exist_ok=True)

    def compare_models(run: Any) -> None:
        del run

    each_model.ANALYSES[BEYOND] = (replace(SCORE_GROUPS, carry_out=copy_groups),)
    pipeline.compare_models = compare_models  # type: ignore[assignment]


def steps(study: Path, root: Path) -> dict[str, float]:
    """Seconds of each step of a run in this process, but for extraction."""
    seconds: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any], *args: Any) -> Any:
        began = time.perf_counter()
        result = function(*args)
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
        return result

    def carry_out(function: Callable[..., Any], *args: Any, name: str) -> Any:
        del name
        apart = function.__name__ in ("extract_features", "carry_out")
        return function(*args) if apart else timed(function.__name__, function, *args)

    for name, analyses in each_model.ANALYSES.items():
        each_model.ANALYSES[name] = tuple(
            replace(some, carry_out=partial(timed, some.name, some.carry_out)) for some in analyses
        )
    pipeline.run_study(load_study(study), DataRoot(root), carry_out)
    return seconds


def child(what: str, study: Path, root: Path, groups: Path) -> tuple[float, dict[str, float]]:
    """Wall seconds of a process that does ``what``, and of its steps where it tells them."""
    began = time.perf_counter()
    arguments = [what, str(study), str(root), str(groups)]
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    took = time.perf_counter() - began
    return took, json.loads(done.stdout) if what.endswith("steps") else {}


def main(n: int, n_classes: int, repeats: int, models: int) -> None:
    measured = ["steps", "command"] if models == 1 else ["command"]
    runs: dict[str, list[tuple[float, dict[str, float]]]] = {
        f"{kind} {how}": [] for how in measured for kind in ("alone", "all")
    }
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study, first, groups = (
            make(folder, n, n_classes, models),
            DataRoot(folder / "first"),
            folder / "g",
        )
        steps(study, first.path)  # the features, and warm caches
        for table in ("group_scores", "group_value_scores"):
            (path,) = first.runs.glob(f"*/tables/{table}")
            copytree(path, groups / table)
        for _ in range(repeats):
            for what, found in runs.items():
                data = folder / "data"
                for part in ("features", "embeddings", "heads", "texts"):
                    copytree(first.path / part, data / part)
                found.append(child(what, study, data, groups))
                rmtree(data)
    totals = {what: [took for took, _ in found] for what, found in runs.items()}
    if "steps" in measured:
        for step in runs["all steps"][0][1]:
            with_all, alone = (
                median(seconds.get(step, 0.0) for _, seconds in runs[f"{kind} steps"])
                for kind in ("all", "alone")
            )
            print(f"{step:18} {with_all:7.2f} s" + ("" if step in BEYOND else f"{alone:9.2f} s"))
        for kind in ("all", "alone"):
            found = runs[f"{kind} steps"]
            totals[f"{kind} steps"] = [sum(seconds.values()) for _, seconds in found]
    for how in measured:
        whole, without = (totals[f"{kind} {how}"] for kind in ("all", "alone"))
        ratios = sorted(a / b for a, b in zip(whole, without, strict=True))
        print(
            f"{'all steps' if how == 'steps' else 'the whole of sing run'}: "
            f"{median(whole):.1f} s, null removal alone {median(without):.1f} s: "
            f"{median(ratios):.2f} times ({ratios[0]:.2f} to {ratios[-1]:.2f} in {repeats} pairs)"
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


def in_child(what: str, study: str, root: str, groups: str) -> None:
    if what.startswith("alone"):
        without_the_rest(Path(groups))
    if what.endswith("steps"):
        print(json.dumps(steps(Path(study), Path(root))))
    else:
        sys.exit(command(["run", study, "--data", root]))


if __name__ == "__main__":
    if len(sys.argv) == 5 and not sys.argv[1].isdigit():
        in_child(*sys.argv[1:])
    else:
        given = [int(argument) for argument in sys.argv[1:]]
        main(*given, *(10_000, 1_000, 3, 1)[len(given) :])
