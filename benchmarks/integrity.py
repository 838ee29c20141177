"""What it costs to check whatever is stored when it is read again.

python benchmarks/integrity.py [N] [CLASSES] [PAIRS]

One made-up model of 2048 features over N items (10,000) of CLASSES classes
(1,000), as in cost.py: arrays, so that no extraction hides the cost. Carries the
study out from an empty data root PAIRS times (5) with digests and as often
without, in turn, each in a process of its own. Prints the median seconds of both
kinds of runs and the median of their ratios, and the same of a second, unchanged run.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from cost import make

from flows import pipeline
from flows.study.load import load_study
from warehouse.layout import DataRoot
from warehouse.stored import parquet, sums, tensors


def without_digests() -> None:
    """Have this process make and compare no digests of what it stores."""

    def constant(*_: Any) -> str:
        return "0" * 64

    for module, name in (
        (sums, "sha256"), (tensors, "_digest"), (parquet, "_digest_of_ids"),
        (parquet, "_digest_of_vectors"),
    ):  # fmt: skip
        setattr(module, name, constant)
    for name, option in (
        ("write_table", "write_page_checksum"), ("read_table", "page_checksum_verification"),
    ):  # fmt: skip
        real = getattr(pq, name)

        def plain(*args: Any, real: Any = real, option: str = option, **given: Any) -> Any:
            given.pop(option, None)
            return real(*args, **given)

        setattr(pq, name, plain)


def seconds(study: Path, root: Path) -> list[float]:
    """How long a run takes in this process, and the same study once more."""
    took = []
    for _ in range(2):
        began = time.perf_counter()
        pipeline.run_study(load_study(study), DataRoot(root))
        took.append(time.perf_counter() - began)
    return took


def child(how: str, study: Path, root: Path) -> list[float]:
    """The same in a process of its own, with an empty data root."""
    command = [sys.executable, __file__, how, str(study), str(root)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rmtree(root)
    return list(json.loads(done.stdout))


def main(n: int, n_classes: int, pairs: int) -> None:
    with TemporaryDirectory() as temporary:
        study, root = make(Path(temporary), n, n_classes, 1), Path(temporary) / "data"
        child("with", study, root)  # warm caches
        found = [(child("with", study, root), child("without", study, root)) for _ in range(pairs)]
    for place, what in enumerate(("the first run", "the unchanged study again")):
        checked, plain = ([one[kind][place] for one in found] for kind in (0, 1))
        ratio = median(a / b for a, b in zip(checked, plain, strict=True))
        print(
            f"{what}: {median(checked):.2f} s with digests, {median(plain):.2f} s without, "
            f"median ratio {ratio:.3f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] in (["with"], ["without"]):
        if sys.argv[1] == "without":
            without_digests()
        print(json.dumps(seconds(Path(sys.argv[2]), Path(sys.argv[3]))))
    else:
        main(*[int(given) for given in sys.argv[1:]] + [10_000, 1_000, 5][len(sys.argv) - 1 :])
