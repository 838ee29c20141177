"""Work in units, by whoever carries it out.

A step hands its units to an engine. In this process they are one stream, so
that what one unit waits for another one works on; on a cluster each goes to a
worker by itself. Results are the same to the bit, for a unit knows nothing of the
others, and whatever is summed is summed within one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

Job = TypeVar("Job")
Unit = TypeVar("Unit")
Result = TypeVar("Result")

#: What is done with a stream of units: it gives results as they come, and needs no other stream.
Work = Callable[[Job, Iterable[Unit]], Iterator[Result]]


class EngineError(RuntimeError):
    """A cluster that is not there, or does not do what it is asked."""


class BadEngineError(ValueError):
    """An address that names no engine, or one that nothing here can talk to."""

    exit_code = 2


class LostUnitError(EngineError):
    """Work that ended whoever took it up."""


class Engine(Protocol):
    """Who carries out units of work.

    Attributes
    ----------
    name
        In words, as "Ray at 10.0.0.1:6379".
    is_here
        Whether that is this process, which sees this machine's files.
    """

    name: str
    is_here: bool

    def map(
        self, work: Work[Job, Unit, Result], job: Job, units: Iterable[Unit], named: str
    ) -> Iterator[Result]:
        """Carry out units, in any order; gives their results as they come.

        Parameters
        ----------
        work
            A function of a module, which a worker imports.
        job
            What all units have in common; sent once.
        units
            Taken from an iterator as they are needed.
        named
            What a unit is called in a message, as "shard {first}", by its attributes.

        Raises
        ------
        LostUnitError
            If a unit ended every worker that took it up; all the others are done then.
        EngineError
            If the cluster is gone.
        """

    def everywhere(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """What a function gives on each worker, by the worker's name."""


class Here:
    """The process itself."""

    name = "this process"
    is_here = True

    def map(
        self, work: Work[Job, Unit, Result], job: Job, units: Iterable[Unit], named: str
    ) -> Iterator[Result]:
        """Carry out all units as one stream, in their order."""
        del named
        return work(job, units)

    def everywhere(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """What it gives here."""
        return {"this process": function()}


HERE = Here()
