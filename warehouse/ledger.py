"""The ledger: one ``run.json`` a run, whatever became of it."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from warehouse.files import whole
from warehouse.layout import DataRoot


class BadRecordError(RuntimeError):
    """A run's record that cannot be read, or is missing."""


@dataclass(frozen=True)
class Run:
    """One execution of a study, as stored in table ``runs``."""

    run_id: str
    study: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    config_json: str
    code_version: str
    package_versions_json: str
    message: str | None = None

    def ended(self, status: str, message: str | None) -> "Run":
        """Return the same run, ended now."""
        return replace(self, status=status, finished_at=now(), message=message)


def now() -> datetime:
    """Return the time in UTC, as the database stores it."""
    return datetime.now(UTC).replace(tzinfo=None)


def save(root: DataRoot, run: Run) -> None:
    """Store a run's record."""
    content: dict[str, Any] = asdict(run)
    for name in ("started_at", "finished_at"):
        content[name] = content[name] and content[name].isoformat()
    with whole(root.runs / run.run_id / "run.json") as draft:
        draft.write_text(json.dumps(content, indent=1))


def load(root: DataRoot, run_id: str) -> Run | None:
    """Read a run's record; None if there is none."""
    path = root.runs / run_id / "run.json"
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text())
        for name in ("started_at", "finished_at"):
            content[name] = content[name] and datetime.fromisoformat(content[name])
        return Run(**content)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRecordError(
            f"{path} is no record of a run ({error}); put it back from a copy, or remove the "
            f"folder {path.parent} to give that run up"
        ) from error


def load_all(root: DataRoot) -> list[Run]:
    """Read the records of all runs, oldest first.

    Raises
    ------
    BadRecordError
        If a record cannot be read, or a run has tables and no record.
    """
    for tables in sorted(root.runs.glob("[!.]*/tables")):
        if not (tables.parent / "run.json").exists():
            raise BadRecordError(
                f"{tables.parent} holds a run's tables but no run.json; put it back from a copy, "
                "or remove the folder to give that run up"
            )
    runs = [load(root, path.parent.name) for path in sorted(root.runs.glob("[!.]*/run.json"))]
    return sorted((run for run in runs if run), key=lambda run: (run.started_at, run.run_id))
