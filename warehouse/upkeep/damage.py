"""What a run is made of: whether it still lies as it was stored."""

from datetime import UTC
from pathlib import Path

import pyarrow as pa

from warehouse import ledger
from warehouse.digests import sha256
from warehouse.files import DamagedFileError
from warehouse.layout import DataRoot
from warehouse.read import Warehouse
from warehouse.stored import tensors
from warehouse.stored.run_folder import RunFolder


def of_published_run(root: DataRoot, run_id: str, *, thorough: bool) -> dict[Path, str]:
    """Say what is wrong with which of a published run's files and stored tables.

    Parameters
    ----------
    thorough
        Read all of them, and not only those that were touched since the run finished.
    """
    try:
        entry = ledger.load(root, run_id)
    except ledger.BadRecordError:
        entry = None
    record = root.runs / run_id / "run.json"
    found: dict[Path, str] = {}
    if entry is None:
        found[record] = "is missing" if not record.exists() else "is not what was written"
    if entry is None or entry.finished_at is None or thorough:
        since = 0.0
    else:
        since = entry.finished_at.replace(tzinfo=UTC).timestamp()
    found |= of_artifacts(root, Warehouse(root).ask("artifacts", run=run_id), since)
    return found | RunFolder(root, run_id).problems(since)


def of_artifacts(root: DataRoot, artifacts: pa.Table, since: float = 0.0) -> dict[Path, str]:
    """Say what is wrong with which files that a run's ``artifacts`` name.

    Files that were not touched since a time, in seconds, are not read.
    """
    found: dict[Path, str] = {}
    for row in artifacts.to_pylist():
        path = root.path / row["path"]
        if not path.is_file():
            found[path] = "is missing"
        elif path.stat().st_mtime > since and sha256(path) != row["sha256"]:
            found[path] = "is not what the run used"
    return found


def of_unfinished_run(root: DataRoot, run_id: str) -> dict[Path, str]:
    """Say what is wrong with which files that a run left before it was interrupted."""
    found = RunFolder(root, run_id).problems()
    for path in sorted((root.translators / run_id).glob("*.safetensors")):
        try:
            tensors.read(path)
        except DamagedFileError:
            found[path] = "is not what was written"
    return found
