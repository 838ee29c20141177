"""The files that runs are made of: whether they still lie as they were."""

import hashlib

import pyarrow as pa

from warehouse.digests import sha256
from warehouse.files import is_compared
from warehouse.layout import DataRoot
from warehouse.remote import Place, Remote


def damaged(root: DataRoot, artifacts: pa.Table, since: float = 0.0) -> dict[Place, str]:
    """Say what is wrong with which files that a run's ``artifacts`` name.

    Files that were not touched since a time, in seconds, are not read; nor are
    those that this process found to be what was written, or lie in an object store, where
    nothing is touched: unless ``since`` is 0.
    """
    found: dict[Place, str] = {}
    there: dict[Remote, set[Remote]] = {}
    for row in artifacts.to_pylist():
        place = root.place(row["path"])
        if isinstance(place, Remote):
            if place.parent not in there:
                there[place.parent] = set(place.parent.files())
            if place not in there[place.parent]:
                found[place] = "is missing"
            elif not since and hashlib.sha256(place.read_bytes()).hexdigest() != row["sha256"]:
                found[place] = "is not what the run used"
        elif not place.is_file():
            found[place] = "is missing"
        elif since and (place.stat().st_mtime <= since or is_compared(place)):
            continue
        elif sha256(place) != row["sha256"]:
            found[place] = "is not what the run used"
    return found
