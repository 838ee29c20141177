"""Many scenes at once, drawn by several processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import numpy as np
from jaxtyping import UInt8

from sing_core.shapes.renderer import SIDE, render
from sing_core.shapes.scenes import Scene

_CHUNK = 200


def _render_chunk(scenes: list[Scene]) -> UInt8[np.ndarray, "n 64 64 3"]:
    return np.stack([render(scene) for scene in scenes])


def render_all(
    scenes: list[Scene], on_progress: Callable[[int], None] = lambda n: None
) -> UInt8[np.ndarray, "n 64 64 3"]:
    """Draw scenes, in their order."""
    pictures = np.empty((len(scenes), SIDE, SIDE, 3), np.uint8)
    chunks = [scenes[i : i + _CHUNK] for i in range(0, len(scenes), _CHUNK)]
    # Spawned, not forked: a fork of a process with PyTorch's threads may hang.
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        drawn: Iterable[np.ndarray] = map(_render_chunk, chunks)
        if len(chunks) > 2:  # for fewer, processes take longer to start
            workers = min(8, os.cpu_count() or 1)
            pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=context))
            drawn = pool.map(_render_chunk, chunks)
        for i, chunk in enumerate(drawn):
            pictures[i * _CHUNK : i * _CHUNK + len(chunk)] = chunk
            on_progress(len(chunk))
    return pictures
