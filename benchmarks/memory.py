"""Peak memory of a run against the number of pictures: it should stay flat.

    python benchmarks/memory.py [PICTURES ...]

Draws small pictures, runs a whole study over so many of them (10,000 and 100,000),
each in a process of its own, and prints the peak resident memory of its extraction and of all.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import world

COUNTS = (10_000, 100_000)


def child(study: str, data: str) -> None:
    """Run the study in this process and print its peak memory in MiB."""
    from flows.pipeline import run_study
    from flows.study.load import load_study
    from warehouse.layout import DataRoot

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def noted(function: Any, *args: Any, name: str, task: str | None = None) -> Any:
        del task
        result = function(*args)
        if name.startswith("extract"):
            print(peak())
        return result

    run_study(load_study(study), DataRoot(Path(data)), noted)
    print(peak())


def main(counts: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = world.make(Path(folder))
        # Shards of the usual size, so that each run has several.
        study.write_text(study.read_text().replace("shard_size = 16", ""))
        rng = np.random.default_rng(0)
        peaks, drawn = [], 14
        for count in counts:
            for i in range(drawn, count // len(world.CLASSES)):
                for c, name in enumerate(world.CLASSES):
                    world.draw_picture(Path(folder) / "pictures" / name / f"{i:05}.png", c, rng)
            drawn = count // len(world.CLASSES)
            data = str(Path(folder) / f"data-{count}")
            ran = subprocess.run(
                [sys.executable, __file__, "--child", str(study), data],
                capture_output=True,
                text=True,
                check=True,
            )
            peaks.append([float(one) for one in ran.stdout.split()[-2:]])
            print(
                f"{count:7,} pictures: peak {peaks[-1][0]:,.0f} MiB after extraction, "
                f"{peaks[-1][1]:,.0f} MiB in the end",
                flush=True,
            )
        for first, last, what in zip(peaks[0], peaks[-1], ("extraction", "all"), strict=True):
            grown = 1024 * (last - first) / (counts[-1] - counts[0])
            print(f"{what}: {last / first:.2f} times, {grown:.1f} KiB a picture")


if __name__ == "__main__":
    child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main(
        [*map(int, sys.argv[1:])] or COUNTS
    )
