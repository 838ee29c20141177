"""Find a published run by its name; light, for commands that load no model."""

from flows.terminal.lists import listed
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
    raise NotPublishedError(
        f"no run or study {name!r} is published in {root.path}; known runs: {known}"
    )
