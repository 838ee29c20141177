"""Forward passes: batches go in, vectors come out in the same order, some batches later."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from typing import Protocol

import numpy as np
import torch

from flows.features.sources import Network
from flows.terminal.progress import say
from sing_core.machine.cores import n_cores
from sing_core.machine.device import device, name_of_device
from sing_core.machine.threads import one_torch_thread
from sing_core.networks.precision import computing_in

#: Gives the vectors of a batch, (n, d) float32, as soon as they are there.
Vectors = Callable[[], np.ndarray]

#: Batches that a GPU has before it, so that it never waits for the host.
_BATCHES_AHEAD = 4

#: What a CPU says that has no memory for a batch; a GPU raises an error of its own.
_NO_MEMORY = ("not enough memory", "can't allocate memory", "Cannot allocate memory")


class Forward(Protocol):
    """Where batches go.

    Attributes
    ----------
    ahead
        How many batches may be under way before one is waited for.
    what
        What does the work, in words.
    """

    ahead: int
    what: str

    def received(self, pixels: list[torch.Tensor | None]) -> list[torch.Tensor | None]:
        """Pixels where the networks are, on their way there."""

    def submit(self, network: Network, pixels: torch.Tensor) -> Vectors:
        """Begin the forward pass of a batch of pixels, (n, h, w, c) uint8."""


@contextmanager
def forward() -> Iterator[Forward]:
    """The machine's GPUs, or its cores: each takes batches of its own.

    One core a batch loses no time in waiting of cores for each other, is not slowed
    down by what else the machine does, and gives the same vectors on any number of
    cores.
    """
    if device().type == "cuda":
        with _faster_convolutions():
            yield _OnGpus()
        return
    cores = n_cores()
    pool = ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,))
    try:
        with one_torch_thread():
            yield _OnCores(pool, cores)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _OnCores:
    def __init__(self, pool: ThreadPoolExecutor, cores: int) -> None:
        self._pool = pool
        self.ahead = 2 * cores
        self.what = f"forward passes on {cores} core{'s' * (cores > 1)}"

    def received(self, pixels: list[torch.Tensor | None]) -> list[torch.Tensor | None]:
        return pixels

    def submit(self, network: Network, pixels: torch.Tensor) -> Vectors:
        return self._pool.submit(lambda: vectors(network, pixels).numpy()).result


class _OnGpus:
    def __init__(self) -> None:
        self._places = [torch.device("cuda", n) for n in range(torch.cuda.device_count())]
        self._next = cycle(self._places)
        self._copies: dict[tuple[int, torch.device], Network] = {}
        n = len(self._places)
        self.ahead = n * _BATCHES_AHEAD
        self.what = f"forward passes on {f'{n} × ' if n > 1 else ''}{name_of_device()}"

    def received(self, pixels: list[torch.Tensor | None]) -> list[torch.Tensor | None]:
        return [None if one is None else one.to("cuda", non_blocking=True) for one in pixels]

    def submit(self, network: Network, pixels: torch.Tensor) -> Vectors:
        place = next(self._next)
        if place != self._places[0]:
            # One copy of each network a GPU: batches go to them in turn, and come back in order.
            if (id(network), place) not in self._copies:
                self._copies[id(network), place] = copied_to(network, place)
            network = self._copies[id(network), place]
        with torch.cuda.device(place):
            found = vectors(network, pixels.to(place, non_blocking=True))
            host = torch.empty(found.shape, dtype=found.dtype, pin_memory=True)
            host.copy_(found, non_blocking=True)
            copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
            copied.record()

        def arrived() -> np.ndarray:
            copied.synchronize()
            return host.numpy()

        return arrived


def copied_to(network: Network, place: torch.device) -> Network:
    """The same network on another device."""
    other = copy.deepcopy(network)
    assert other.module is not None
    other.module.to(place)
    return other


def vectors(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """Put a batch through a network; where memory is too small for it, in halves.

    Raises
    ------
    RuntimeError
        If there is not even memory for one picture.
    """
    parts = []
    rest = [pixels]
    while rest:
        part = rest.pop(0)
        if len(part) > network.at_most:
            rest[:0] = list(torch.split(part, network.at_most))
            continue
        try:
            with torch.inference_mode(), computing_in(network.precision, pixels.device.type):
                parts.append(network.vectors(network.values(part)).float())
        except RuntimeError as error:
            if not is_out_of_memory(error) or len(part) == 1:
                raise
            network.at_most = len(part) // 2
            rest.insert(0, part)
            if pixels.device.type == "cuda":
                torch.cuda.empty_cache()
            say(
                f"there is no memory for {len(part)} pictures at once in {network.name}; "
                f"it goes on with {network.at_most}"
            )
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch says that memory does not suffice."""
    return isinstance(error, torch.OutOfMemoryError) or any(
        words in str(error) for words in _NO_MEMORY
    )


@contextmanager
def _faster_convolutions() -> Iterator[None]:
    """Let cuDNN try which of its ways is fastest for batches of the same shape."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
