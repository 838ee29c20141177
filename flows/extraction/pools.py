"""Decoding in threads or in processes, some slices ahead of their use, always in order."""

import multiprocessing
import os
import re
import shutil
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from flows.extraction.decode import Asked, Decoded, Decoder, as_it_is, begun
from flows.features.sources import ExtractionError
from flows.terminal.progress import say
from sing_core.machine.cores import n_cores

#: Pictures that are decoded together.
SLICE = 16

#: Slices that each worker is ahead.
_AHEAD = 3

#: Starting worker processes costs some seconds: fewer pictures are decoded sooner by threads.
_MANY = 1500

#: On so few cores, processes gain nothing: networks use all of them anyway.
_FEW_CORES = 4

#: Where processes hand pixels over; containers often have 64 MiB of it.
_SHARED = Path("/dev/shm")


@dataclass(frozen=True)
class Workers:
    """How pictures are decoded: by how many threads, or processes."""

    n: int
    are_processes: bool

    @classmethod
    def choose(cls, n_pictures: int, *, on_gpu: bool) -> "Workers":
        """Choose by the machine and the work."""
        cores = n_cores()
        few = n_pictures < _MANY or cores < (2 if on_gpu else _FEW_CORES + 1)
        return cls(cores, are_processes=not few)

    def with_room_for(self, bytes_a_picture: int) -> "Workers":
        """Threads in place of processes, where these cannot hand over what they decode."""
        need = 2 * self.n * _AHEAD * SLICE * bytes_a_picture
        free = shutil.disk_usage(_SHARED).free if _SHARED.is_dir() else need
        if not self.are_processes or free >= need:
            return self
        say(
            f"{_SHARED} has {free / 2**20:,.0f} MiB free and {need / 2**20:,.0f} are needed to "
            "decode in processes, so threads do it; with more (docker run --shm-size) it is faster"
        )
        return Workers(self.n, are_processes=False)

    def __str__(self) -> str:
        kind = ("process" if self.n == 1 else "processes") if self.are_processes else "threads"
        return f"{self.n} {kind if self.n > 1 or self.are_processes else 'thread'}"


def prepare_processes() -> None:
    """Have the process that others are forked from import what they need, while networks load.

    It is forked from this one before any CUDA or thread is in it, and knows neither.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([Decoder.__module__, "torchvision.transforms"])
    # Started by whoever needs it first; importing goes on while we do something else.
    from multiprocessing import forkserver

    with _unheard():
        forkserver.ensure_running()


@contextmanager
def _unheard() -> Iterator[None]:
    """Start processes whose words go nowhere: what they meet is told by what they hand over.

    When a run is interrupted, those that just begin complain of what is gone.
    """
    sys.stderr.flush()
    ours, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        os.close(nowhere)


@contextmanager
def decoded(
    decoder: Decoder,
    slices: Iterable[Sequence[Asked]],
    workers: Workers,
    name_of: Callable[[int], str],
) -> Iterator[Iterator[Decoded]]:
    """Decode slices in their order.

    Parameters
    ----------
    name_of
        The path of the picture in a row, for what ends a worker.

    Raises
    ------
    ExtractionError
        If a file is gone or is not the one that was listed, or a worker ended.
    """
    if workers.are_processes:
        by_processes = _by_processes(decoder, slices, workers, name_of)
        try:
            yield by_processes
        finally:
            by_processes.close()  # and with it the processes
        return
    pool = ThreadPoolExecutor(workers.n)
    try:
        yield _checked(_by_threads(pool, decoder, slices, workers.n * _AHEAD))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _by_threads(
    pool: ThreadPoolExecutor, decoder: Decoder, slices: Iterable[Sequence[Asked]], ahead: int
) -> Iterator[Decoded]:
    waiting: deque[Future[Decoded]] = deque()
    for one in slices:
        waiting.append(pool.submit(decoder, one))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _by_processes(
    decoder: Decoder,
    slices: Iterable[Sequence[Asked]],
    workers: Workers,
    name_of: Callable[[int], str],
) -> Generator[Decoded]:
    prepare_processes()
    reading = torch.full((workers.n, 2), -1, dtype=torch.int64)
    reading.share_memory_()  # type: ignore[no-untyped-call]
    loader: DataLoader[Decoded] = DataLoader(
        Decoder(decoder.root, decoder.geometries, reading),  # type: ignore[arg-type]
        batch_sampler=slices,  # type: ignore[arg-type]
        num_workers=workers.n,
        # A process that uses CUDA, or has threads, must not be forked.
        multiprocessing_context="forkserver",
        prefetch_factor=_AHEAD,
        collate_fn=as_it_is,
        worker_init_fn=begun,
        pin_memory=torch.cuda.is_available(),
    )
    try:
        yield from _checked(loader)
    except (RuntimeError, OSError, EOFError) as error:
        # Pixels of a process that has ended cannot be taken over either, which is told otherwise.
        if isinstance(error, ExtractionError) or not _is_of_workers(error):
            raise
        raise ExtractionError(_who_ended(str(error), reading, name_of)) from None


def _is_of_workers(error: Exception) -> bool:
    return not isinstance(error, RuntimeError) or "worker" in str(error)


def _checked(found: Iterable[Decoded]) -> Iterator[Decoded]:
    for one in found:
        if one.error is not None:
            raise ExtractionError(one.error)
        yield one


def _who_ended(told: str, reading: torch.Tensor, name_of: Callable[[int], str]) -> str:
    """Say which pictures the processes were at that ended, in a sentence."""
    at = {pid: row for pid, row in reading.tolist() if row >= 0}
    ended = {int(number) for number in re.findall(r"\d+", told)}
    ended |= {pid for pid in at if not Path(f"/proc/{pid}").exists()}
    named = sorted(name_of(at[pid]) for pid in ended & at.keys())
    pictures = f" while it was at {' and '.join(named)}" if named else ""
    return (
        f"a process that decodes pictures was killed or crashed{pictures}; run the study again, "
        f"and if it ends there again, remove that picture{'s' * (len(named) > 1)} or free memory"
    )
