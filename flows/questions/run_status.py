"""How each study's runs went lately: when one last succeeded, and whether one failed since."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse import ledger
from warehouse.layout import DataRoot


@dataclass(frozen=True)
class StudyStatus:
    """One study, in words and as a verdict."""

    study: str
    text: str
    is_well: bool


def status(root: DataRoot, within: timedelta | None, now: datetime) -> list[StudyStatus]:
    """Return each study's status, by name.

    Parameters
    ----------
    within
        A study whose last success is longer ago is not well; any time by default.
    """
    runs: dict[str, list[ledger.Run]] = {}
    for run in ledger.load_all(root):
        runs.setdefault(run.study, []).append(run)
    return [_of(study, some, within, now) for study, some in sorted(runs.items())]


def _of(study: str, runs: list[ledger.Run], within: timedelta | None, now: datetime) -> StudyStatus:
    finished = [run for run in runs if run.status == "finished" and run.finished_at is not None]
    failed = [run for run in runs if run.status == "failed"]
    if not finished:
        why = f": {failed[-1].message}" if failed and failed[-1].message else ""
        return StudyStatus(study, f"no run has finished; {len(failed)} failed{why}", False)
    last = max(finished, key=lambda run: run.finished_at or run.started_at)
    assert last.finished_at is not None
    since = [run for run in failed if run.started_at > last.finished_at]
    late = within is not None and now - last.finished_at > within
    text = f"last success {ago(now - last.finished_at)} ago ({last.run_id})"
    if late:
        text += ", which is too long"
    if since:
        text += f"; {len(since)} failed since: {since[-1].message or 'without a word'}"
    return StudyStatus(study, text, not late and not since)


def ago(time: timedelta) -> str:
    """Say a time in one unit: 3 days, 2 hours, 5 minutes."""
    seconds = max(0, int(time.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            n = seconds // size
            return f"{n} {unit}{'s' * (n > 1)}"
    return "less than a minute"
