"""A run at the default row limit: 10,000 pictures × 1,000 phrases × 2 models, 20 million rows.

    python benchmarks/many_rows.py [PICTURES]

Prints the seconds of each step and the peak memory of the process so far.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from flows.pipeline import run_study
from flows.study.load import load_study
from tests.support import world
from warehouse.layout import DataRoot

PICTURES, PHRASES = 10_000, 1_000


def timed(function: Callable[..., Any], *args: Any, name: str, task: str | None = None) -> Any:
    start = time.perf_counter()
    result = function(*args)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {time.perf_counter() - start:.1f} s, peak {peak:,.0f} MiB", flush=True)
    return result


def main(pictures: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = world.make(folder)
        limit = f"max_image_concept_rows = {2 * pictures * PHRASES}"
        study.write_text(study.read_text().replace("shard_size = 16", limit))
        phrases = [f"phrase number {i}" for i in range(PHRASES)]
        (folder / "concepts.txt").write_text("\n".join(phrases))
        rng = np.random.default_rng(0)
        for i in range(14, pictures // len(world.CLASSES)):
            for c, name in enumerate(world.CLASSES):
                world.draw_picture(folder / "pictures" / name / f"{i:05}.png", c, rng)
        run_study(load_study(study), DataRoot(folder / "data"), timed)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
