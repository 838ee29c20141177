"""What a run is made of: whether it still lies as it was stored."""

from datetime import UTC

from warehouse import artifacts, ledger
from warehouse.files import DamagedFileError
from warehouse.layout import DataRoot
from warehouse.read import Warehouse
from warehouse.remote import Place
from warehouse.stored import tensors
from warehouse.stored.run_folder import RunFolder


def of_published_run(root: DataRoot, run_id: str, *, thorough: bool) -> dict[Place, str]:
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
    found: dict[Place, str] = {}
    if entry is None:
        found[record] = "is missing" if not record.exists() else "is not what was written"
    if entry is None or entry.finished_at is None or thorough:
        since = None
    else:
        since = entry.finished_at.replace(tzinfo=UTC).timestamp()
    found |= artifacts.damaged(root, Warehouse(root).ask("artifacts", run=run_id), since)
    return found | RunFolder(root, run_id).problems(since or 0.0)


def of_unfinished_run(root: DataRoot, run_id: str) -> dict[Place, str]:
    """Say what is wrong with which files that a run left before it was interrupted."""
    found = dict[Place, str](RunFolder(root, run_id).problems().items())
    for path in sorted((root.translators / run_id).glob("*.safetensors")):
        try:
            tensors.read(path)
        except DamagedFileError:
            found[path] = "is not what was written"
    return found
