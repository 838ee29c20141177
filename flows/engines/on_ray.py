"""Units on a Ray cluster, as tasks of Ray Core."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import ray
from ray.exceptions import (
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    RaySystemError,
    RayTaskError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from flows.engines.engine import EngineError, Job, Result, Unit, Work
from flows.engines.spread import WAIT_S, LostWorkerError, gone, spread
from flows.engines.worker import carry_out, quietly

#: How often a unit is begun again whose worker or node died.
_RETRIES = 3

_DIED = (WorkerCrashedError, NodeDiedError, OutOfMemoryError, ObjectLostError)


class OnRay:
    """A Ray cluster.

    Parameters
    ----------
    address
        ``auto`` for the one that this machine belongs to, ``HOST:PORT`` for another's head, or
        ``ray://HOST:PORT`` to reach it from outside, by Ray's own client.
    """

    is_here = False

    def __init__(self, address: str, cpus: int, gpus: float) -> None:
        self.name = "Ray" if address == "auto" else f"Ray at {address.removeprefix('ray://')}"
        self._cpus, self._gpus = cpus, gpus
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError, RayError) as error:
            why = " ".join(str(error).split())[:200]
            raise EngineError(
                f"no Ray cluster can be joined at {address} ({why}); start one with `ray start "
                "--head`, or see to the address"
            ) from error
        # With GPUs, Ray ends a worker after each task unless told not to, and every unit would
        # load all networks again.
        self._carry_out = ray.remote(
            num_cpus=cpus, num_gpus=gpus, max_retries=_RETRIES, max_calls=0
        )(carry_out)

    def close(self) -> None:
        """Leave the cluster."""
        ray.shutdown()

    def map(
        self, work: Work[Job, Unit, Result], job: Job, units: Iterable[Unit], named: str
    ) -> Iterator[Result]:
        """Carry out units as tasks."""
        return spread(self, work, job, units, named)

    def everywhere(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """What it gives on each node, with what a unit is given."""
        ask = ray.remote(num_cpus=self._cpus, num_gpus=self._gpus, max_calls=0)(quietly)
        asked = {}
        for node in ray.nodes():
            if node["Alive"]:
                there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                name = f"{node['NodeManagerHostname']} {node['NodeID'][:8]}"
                asked[name] = ask.options(scheduling_strategy=there).remote(function)
        found = {}
        for name, handle in asked.items():
            try:
                found[name] = ray.get(handle, timeout=60)
            except RayError as error:
                found[name] = error
        return found

    def n_workers(self) -> int:
        """How many units its nodes have room for."""
        try:
            there = ray.cluster_resources()
        except (RayError, ConnectionError) as error:
            raise gone(self.name, type(error).__name__) from error
        room = there.get("CPU", 0) / self._cpus
        return int(min(room, there.get("GPU", 0) / self._gpus) if self._gpus else room)

    def share(self, job: Any) -> Any:
        """Put it where tasks take it from."""
        return ray.put(job)

    def submit(self, work: Any, shared: Any, unit: Any, avoid: Collection[str] = ()) -> Any:
        """Begin a unit; to be avoided are nodes."""
        task = self._carry_out
        there = [node["NodeID"] for node in ray.nodes() if node["Alive"]] if avoid else []
        if others := [node for node in there if node not in avoid]:
            on_other = NodeAffinitySchedulingStrategy(others[0], soft=True)
            task = task.options(scheduling_strategy=on_other)
        return task.remote(work, shared, unit, self._cpus, _where)

    def finished(self, handles: list[Any]) -> list[Any]:
        """Those that are over."""
        try:
            return list(ray.wait(handles, num_returns=1, timeout=WAIT_S)[0])
        except (RaySystemError, ConnectionError) as error:
            raise gone(self.name, type(error).__name__) from error

    def result(self, handle: Any) -> list[Any]:
        """What a unit gave."""
        try:
            found: list[Any] = ray.get(handle)
        except RayTaskError as error:
            raise error.cause from None
        except _DIED as error:
            raise LostWorkerError(f"{_RETRIES + 1} times: {type(error).__name__}") from error
        except (RayError, ConnectionError) as error:
            raise gone(self.name, type(error).__name__) from error
        return found

    def cancel(self, handles: list[Any]) -> None:
        """Give up units."""
        for handle in handles:
            ray.cancel(handle, force=True)


def _where() -> str:
    return str(ray.get_runtime_context().get_node_id())
