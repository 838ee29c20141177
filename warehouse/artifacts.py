"""The files that runs are made of: whether they still lie as they were."""

from pathlib import Path

import pyarrow as pa

from warehouse.files import is_compared
from warehouse.layout import DataRoot
from warehouse.remote import Place, Remote, sha256_of


def damaged(root: DataRoot, artifacts: pa.Table, since: float | None = None) -> dict[Place, str]:
    """Say what is wrong with which files that a run's ``artifacts`` name.

    Parameters
    ----------
    since
        Files that were not touched since this time, in seconds, are not read; nor are those that
        this process found to be what was written, or lie in an object store, where nothing is
        touched. Without it, all are read.
    """
    found: dict[Place, str] = {}
    there: dict[Remote, set[Remote]] = {}
    for row in artifacts.to_pylist():
        place = root.place(row["path"])
        if isinstance(place, Remote):
            if place.parent not in there:
                there[place.parent] = set(place.parent.files())
            is_there, is_kept = place in there[place.parent], since is not None
        else:
            is_there = place.is_file()
            is_kept = is_there and since is not None and _is_kept(place, since)
        if not is_there:
            found[place] = "is missing"
        elif not is_kept and sha256_of(place) != row["sha256"]:
            found[place] = "is not what the run used"
    return found


def _is_kept(path: Path, since: float) -> bool:
    return path.stat().st_mtime <= since or is_compared(path)
