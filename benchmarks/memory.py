"""Peak memory of a run against the number of pictures: it should stay flat.

    python benchmarks/memory.py

Draws small pictures, runs a whole study over 2,000, 10,000 and 30,000 of them,
each in a process of its own, and prints the peak resident memory of each.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import world

COUNTS = (2_000, 10_000, 30_000)


def child(study: str, data: str) -> None:
    """Run the study in this process and print its peak memory in MiB."""
    from flows.pipeline import run_study
    from flows.study.load import load_study
    from warehouse.layout import DataRoot

    run_study(load_study(study), DataRoot(Path(data)))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = world.make(Path(folder))
        # Shards of the usual size, so that each run has several.
        study.write_text(study.read_text().replace("shard_size = 16", ""))
        rng = np.random.default_rng(0)
        peaks, drawn = [], 14
        for count in COUNTS:
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
            peaks.append(float(ran.stdout.split()[-1]))
            print(f"{count:6,} pictures: peak {peaks[-1]:,.0f} MiB")
        grown = 1024 * (peaks[-1] - peaks[0]) / (COUNTS[-1] - COUNTS[0])
        print(f"{grown:.1f} KiB a picture")


if __name__ == "__main__":
    child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main()
