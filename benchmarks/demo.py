"""How long `sing demo` takes beside how long another checkout's takes.

python benchmarks/demo.py OTHER [PAIRS]

OTHER is a checkout of another commit, as `git worktree add` makes one. Carries the demo out from an
empty data root in both, in turn, PAIRS times (2), each in a process of its own with this
environment's libraries. Prints seconds and processor seconds of each run, and their medians' ratio.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_HERE = Path(__file__).parents[1]
_COMMAND = "from flows.cli import main; main()"


def seconds(tree: Path) -> tuple[float, float]:
    """Seconds and processor seconds of one demo; raises if it fails."""
    began, used = time.perf_counter(), _processor_seconds()
    with TemporaryDirectory() as data:
        subprocess.run(
            [sys.executable, "-c", _COMMAND, "demo", "--data", data],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree)},
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began, _processor_seconds() - used


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and print."""
    other = Path(sys.argv[1]).resolve()
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    took: dict[Path, list[tuple[float, float]]] = {other: [], _HERE: []}
    for _ in range(pairs):
        for tree, runs in took.items():
            runs.append(seconds(tree))
            print(f"{tree.name}: {runs[-1][0]:.0f} s, {runs[-1][1]:.0f} s of processor", flush=True)
    for n, what in enumerate(("seconds", "processor seconds")):
        ours, theirs = (median(run[n] for run in took[tree]) for tree in (_HERE, other))
        print(f"{what}: {ours:.0f} / {theirs:.0f} = {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
