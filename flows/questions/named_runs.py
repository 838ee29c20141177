"""Find a published run by its name; light, for commands that load no model."""

from flows.study.class_names import AmbiguousClassError, index_of
from flows.terminal.lists import close_to, listed
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


class NotPublishedError(ValueError):
    """A study or run that has no published results."""

    exit_code = 2


class UnknownClassError(ValueError):
    """A class that the run has no pictures of."""

    exit_code = 2


def run_named(name: str, root: DataRoot) -> str:
    """Return the id of a finished run, or of the newest one of a study.

    Raises
    ------
    NotPublishedError
        If there is none, naming what there is.
    """
    rows = Warehouse(root).ask("finished_runs").to_pylist()
    for row in reversed(rows):
        if name in (row["run_id"], row["study"]):
            return str(row["run_id"])
    known = listed([row["run_id"] for row in rows])
    raise NotPublishedError(f"no run or study {name!r} is published in {root}; known runs: {known}")


def class_named(name: str, run_id: str, names: dict[int, str]) -> int:
    """Return the index of the class that a question means.

    Parameters
    ----------
    names
        Of the run's classes that have pictures, by their index.

    Raises
    ------
    UnknownClassError
        If there is none, naming those there are, or if several are called so.
    """
    try:
        index = index_of(name, names)
    except AmbiguousClassError as error:
        raise UnknownClassError(f"{run_id}: {error}") from error
    if index is None:
        raise UnknownClassError(
            f"{run_id} has no pictures of class {name!r}; known: "
            f"{close_to(name, sorted(set(names.values())))}"
        )
    return index
