"""Keeping two pools of threads out of each other's way."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Have torch compute in the calling thread.

    Torch's threads and those of NumPy's matrix products wait for work by spinning,
    so a step that changes between the two costs three times as much on few cores.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
