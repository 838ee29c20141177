"""Units on a Dask cluster."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import distributed
from distributed.client import FutureCancelledError, FuturesCancelledError, wait
from distributed.scheduler import KilledWorker

from flows.engines.engine import EngineError, Job, Result, Unit, Work
from flows.engines.spread import WAIT_S, LostWorkerError, gone, spread
from flows.engines.worker import carry_out, quietly

#: How long a scheduler that does not answer is waited for.
_CONNECT_S = 15


class OnDask:
    """A Dask cluster, by its scheduler's address."""

    is_here = False

    def __init__(self, address: str, cpus: int) -> None:
        self.name = f"Dask at {address}"
        self._cpus = cpus
        # What it meets is told in a sentence, and not with its own traceback before.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self._client = distributed.Client(f"tcp://{address}", timeout=_CONNECT_S, name="sing")
        except (OSError, ValueError) as error:
            raise EngineError(
                f"no Dask scheduler answers at {address}; start one with `dask scheduler`, and "
                "workers with `dask worker`, or see to the address"
            ) from error

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close(timeout=2)

    def map(
        self, work: Work[Job, Unit, Result], job: Job, units: Iterable[Unit], named: str
    ) -> Iterator[Result]:
        """Carry out units on its workers."""
        return spread(self, work, job, units, named)

    def everywhere(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """What it gives in each worker process."""
        found = self._client.run(quietly, function, on_error="return")
        names = self._workers()
        return {str(names.get(one, {}).get("name", one)): got for one, got in found.items()}

    def n_workers(self) -> int:
        """Its worker processes: each works on one unit at a time."""
        self._require()
        return len(self._workers())

    def share(self, job: Any) -> Any:
        """Send it to the scheduler with the first unit."""
        return self._client.submit(_same, job, pure=False)

    def submit(self, work: Any, shared: Any, unit: Any, avoid: Collection[str] = ()) -> Any:
        """Begin a unit; one whose worker dies is begun again as often as the scheduler allows."""
        others: list[str] | None = None
        if avoid:
            others = [one for one in self._workers() if one not in avoid] or None
        return self._client.submit(
            carry_out, work, shared, unit, self._cpus, _where,
            pure=False, workers=others, allow_other_workers=False,
        )  # fmt: skip

    def finished(self, handles: list[Any]) -> list[Any]:
        """Those that are over."""
        self._require()
        try:
            return list(wait(handles, timeout=WAIT_S, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            return []
        except (FutureCancelledError, FuturesCancelledError) as error:
            raise gone(self.name, "its scheduler ended") from error

    def result(self, handle: Any) -> list[Any]:
        """What a unit gave."""
        # A lost scheduler hands out cancelled futures as if they were done.
        if handle.status == "cancelled":
            raise gone(self.name, "its scheduler ended")
        try:
            found: list[Any] = handle.result(timeout=60)
        except KilledWorker as error:
            raise LostWorkerError(f"{error.allowed_failures + 1} workers died") from error
        finally:
            handle.release()
        return found

    def cancel(self, handles: list[Any]) -> None:
        """Give up units."""
        if handles and self._client.status == "running":
            self._client.cancel(handles, force=True)

    def _workers(self) -> dict[str, Any]:
        """What is known of each worker process, by its address."""
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def _require(self) -> None:
        if self._client.status != "running":
            raise gone(self.name, f"its scheduler is {self._client.status}")


def _same(job: Any) -> Any:
    return job


def _where() -> str:
    return str(distributed.get_worker().address)
