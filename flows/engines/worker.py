"""What a worker does with a unit: the same as everybody, in a process that others share."""

import threading
from collections.abc import Callable
from typing import Any

from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.cores import grant

#: A process works on one unit at a time: what it computes on, it uses wholly.
_one = threading.Lock()


def carry_out(work: Any, job: Any, unit: Any, cpus: int) -> list[Any]:
    """Carry out one unit on so many cores; all of its results."""
    with _one:
        keep_freed_memory()
        grant(cpus)
        return list(work(job, [unit]))


def quietly(function: Callable[[], Any]) -> Any:
    """What a function gives, or the error that it raises."""
    try:
        return function()
    except Exception as error:
        return error
