"""The ledger: one ``run.json`` a run, whatever became of it."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.generations import last_serial
from warehouse.layout import DataRoot
from warehouse.stored.sums import problem, whole_and_noted


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
    #: Its place in the order in which runs finished, whatever the clock said; None before.
    serial: int | None = None

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
    home = root.runs / run.run_id
    with whole_and_noted(home, home / "run.json") as draft:
        draft.write_text(json.dumps(content, indent=1))


def load(root: DataRoot, run_id: str) -> Run | None:
    """Read a run's record; None if there is none."""
    path = root.runs / run_id / "run.json"
    if not path.exists():
        return None
    try:
        if (what := problem(path.parent, path)) is not None:
            raise ValueError(f"it {what}")
        content = json.loads(path.read_text())
        for name in ("started_at", "finished_at"):
            content[name] = content[name] and datetime.fromisoformat(content[name])
        return Run(**content)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRecordError(
            f"{path} is no record of a run ({error}); {_mend(path.parent)}"
        ) from error


def load_all(root: DataRoot) -> list[Run]:
    """Read the records of all runs: in the order in which they finished, then the others.

    Raises
    ------
    BadRecordError
        If a record cannot be read, or a run has tables and no record.
    """
    runs, bad = load_readable(root)
    if bad:
        raise BadRecordError(next(iter(bad.values())))
    return runs


def load_readable(root: DataRoot) -> tuple[list[Run], dict[str, str]]:
    """Read all records that can be read, in that order; and by run why the others cannot.

    Those that earlier versions finished have no serial number, and get theirs from their times.
    """
    found: list[Run] = []
    bad: dict[str, str] = {}
    for folder in sorted(root.runs.glob("[!.]*")):
        try:
            run = load(root, folder.name)
        except BadRecordError as error:
            bad[folder.name] = str(error)
            continue
        if run is not None:
            found.append(run)
        elif (folder / "tables").exists():
            bad[folder.name] = f"{folder} holds a run's tables but no run.json; {_mend(folder)}"
    found.sort(key=_in_order)
    finished = [run for run in found if run.status == "finished"]
    numbered = [
        run if run.serial is not None else replace(run, serial=n)
        for n, run in enumerate(finished, start=1)
    ]
    return numbered + [run for run in found if run.status != "finished"], bad


def next_serial(root: DataRoot, run_id: str) -> int:
    """Return the serial number of a run that finishes now: after all others.

    Those count too whose records cannot be read, but which are published.
    """
    others = (run for run in load_readable(root)[0] if run.run_id != run_id)
    return 1 + max([last_serial(root, run_id), *(run.serial or 0 for run in others)])


def _in_order(run: Run) -> tuple[int, datetime, str]:
    return run.serial or 0, run.finished_at or run.started_at, run.run_id


def _mend(folder: Path) -> str:
    return (
        "`sing run` of its study writes it anew; put it back from a copy, or remove the folder "
        f"{folder} to give that run up"
    )
