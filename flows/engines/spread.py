"""The units of a cluster: some under way at a time, again where a disk stumbled, none lost."""

import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

from flows.engines.engine import EngineError, Job, LostUnitError, Result, Unit, Work
from flows.engines.worker import StumbledError
from flows.terminal.progress import say

#: Units under way for each worker: one that it works on, and one that waits beside it.
_AHEAD = 2

#: How often a unit is carried out that fails by a disk, network or store that may do better.
_ATTEMPTS = 4

#: Waiting for results ends so often, to look whether there are more workers.
WAIT_S = 5.0


class LostWorkerError(Exception):
    """A unit whose worker ended as often as that is tried; and why, in words."""


class Cluster(Protocol):
    """What differs between clusters."""

    name: str

    def n_workers(self) -> int:
        """How many units can be worked on at once."""

    def share(self, job: Any) -> Any:
        """Send what all units have in common."""

    def submit(self, work: Any, shared: Any, unit: Any, avoid: Collection[str] = ()) -> Any:
        """Begin a unit, on none of some workers if there are others; a handle of it."""

    def finished(self, handles: list[Any]) -> list[Any]:
        """Those that are over, after at most ``WAIT_S`` seconds."""

    def result(self, handle: Any) -> list[Any]:
        """What a unit gave; raises what it raised, or :class:`LostWorkerError`."""

    def cancel(self, handles: list[Any]) -> None:
        """Give up units."""


def spread(
    cluster: Cluster, work: Work[Job, Unit, Result], job: Job, units: Iterable[Unit], named: str
) -> Iterator[Result]:
    """Carry out units on a cluster, as they come; see ``Engine.map``."""
    shared = cluster.share(job)
    rest, suspects = iter(units), list[Unit]()
    under_way: dict[Any, tuple[Unit, list[str]]] = {}
    lost: dict[str, str] = {}
    has_workers, alone = True, None
    try:
        while True:
            n_workers = cluster.n_workers()
            if has_workers and not n_workers:
                say(f"{cluster.name} has no worker; this goes on as soon as one is there")
            has_workers = n_workers > 0
            room = max(1, _AHEAD * n_workers) - len(under_way)
            for unit in itertools.islice(rest, max(0, room)):
                under_way[cluster.submit(work, shared, unit)] = unit, []
            if suspects and not under_way:
                # By itself: it may only have waited at a worker that another unit ended.
                unit = suspects.pop(0)
                alone = cluster.submit(work, shared, unit)
                under_way[alone] = unit, []
            if not under_way:
                break
            for handle in cluster.finished(list(under_way)):
                unit, failed_on = under_way.pop(handle)
                try:
                    found = cluster.result(handle)
                except LostWorkerError as error:
                    if handle == alone:
                        lost[named.format_map(vars(unit))] = str(error)
                    else:
                        suspects.append(unit)
                except StumbledError as error:
                    failed_on = [*failed_on, error.where]
                    if len(failed_on) == _ATTEMPTS:
                        raise error.why from None
                    # A worker that fails at once is soon idle, and would be given it again.
                    again = cluster.submit(work, shared, unit, failed_on)
                    under_way[again] = unit, failed_on
                else:
                    yield from found
    finally:
        cluster.cancel(list(under_way))
    if lost:
        first = next(iter(lost))
        others = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        raise LostUnitError(
            f"{first}{others} ended every worker that took it up on {cluster.name} "
            f"({lost[first]}); the rest is kept: look at that worker's log, give it more memory or "
            "remove the picture, and run the study again"
        )


def gone(name: str, why: str) -> EngineError:
    """Say that a cluster is not there any more."""
    return EngineError(
        f"{name} is gone ({why}); start it and run the study again: what is there is kept"
    )
