"""What a worker does with a unit: the same as everybody, in a process that others share."""

import threading
from collections.abc import Callable
from typing import Any

from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.cores import grant

#: A process works on one unit at a time: what it computes on, it uses wholly.
_one = threading.Lock()


class StumbledError(Exception):
    """A disk, network or store that failed a unit: elsewhere, or later, it may do better."""

    def __init__(self, where: str, why: OSError) -> None:
        super().__init__(where, why)
        self.where, self.why = where, why


def carry_out(work: Any, job: Any, unit: Any, cpus: int, where: Callable[[], str]) -> list[Any]:
    """Carry out one unit on so many cores; all of its results.

    Parameters
    ----------
    where
        Tells what this worker is called.

    Raises
    ------
    StumbledError
        In place of an ``OSError``.
    """
    with _one:
        keep_freed_memory()
        grant(cpus)
        try:
            return list(work(job, [unit]))
        except OSError as error:
            raise StumbledError(where(), error) from error


def quietly(function: Callable[[], Any]) -> Any:
    """What a function gives, or the error that it raises."""
    try:
        return function()
    except Exception as error:
        return error
