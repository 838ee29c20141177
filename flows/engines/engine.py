"""Work in units, by whoever carries it out; and sums of it in one fixed order.

A step hands its units to an engine. In this process they are one stream, so
that what one unit waits for another one works on; on a cluster each goes to a
worker by itself. Results are the same to the bit: a unit knows nothing of the
others, and what is summed over units is summed in the order of a tree that
depends on their number alone.
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


def tree(
    results: Iterable[tuple[int, Result]], merge: Callable[[Result, Result], Result]
) -> Result:
    """Merge results, whenever they come, in the order that their numbers 0, 1, 2, … give.

    Neighbors are merged pair by pair, then the pairs, as in a knock-out: the shape depends on
    their number alone, and so do the digits of sums. Of results that come in order, as many are
    held as there are rounds.

    Parameters
    ----------
    results
        Number and result of each; at least one.
    """
    early: dict[int, Result] = {}
    rounds: list[tuple[int, Result]] = []  # how many are merged in each, and what they gave
    following = 0
    for number, result in results:
        early[number] = result
        while following in early:
            size, merged = 1, early.pop(following)
            following += 1
            while rounds and rounds[-1][0] == size:
                before = rounds.pop()[1]
                size, merged = 2 * size, merge(before, merged)
            rounds.append((size, merged))
    assert rounds  # there is at least one
    assert not early  # their numbers have no gaps
    whole = rounds.pop()[1]
    while rounds:
        whole = merge(rounds.pop()[1], whole)
    return whole
