"""What runs need: which of them stay, and which files and pictures those name."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import ledger
from warehouse.generations import NoGenerationError, current, existing, open_generation
from warehouse.layout import DataRoot

_PUBLISHED = "select run_id from runs where status = 'finished'"
_FILES = "select distinct path from artifacts where not list_contains(?::varchar[], run_id)"
_PICTURES = "select distinct path, sha256 from images where not list_contains(?::varchar[], run_id)"


@dataclass(frozen=True)
class Needed:
    """What the runs that stay need, by the tables of their own and of the published generations.

    Attributes
    ----------
    runs
        The runs that stay.
    dropped
        Ids of the others that have a record.
    files
        Paths below the root.
    pictures
        Path and SHA-256 of the runs' pictures.
    models
        Models of which everything stays, because it is not written down yet what is used.
    is_published
        Whether a generation on disk has a run that is dropped.
    """

    runs: list[ledger.Run]
    dropped: list[str]
    files: set[str]
    pictures: set[tuple[str, str]]
    models: set[str]
    is_published: bool

    @property
    def is_unfinished(self) -> bool:
        """Whether a run that stays may be resumed."""
        return any(run.status != "finished" for run in self.runs)


def needed(root: DataRoot, keep: int | None) -> Needed:
    """Find what is needed if the newest ``keep`` finished runs of each study stay; all if None.

    Raises
    ------
    BadRecordError, NoGenerationError
        If it cannot be known: then nothing may be removed.
    """
    everything = ledger.load_all(root)
    runs = _staying(root, everything, keep)
    ids = {run.run_id for run in runs}
    dropped = [run.run_id for run in everything if run.run_id not in ids]
    files: set[str] = set()
    pictures: set[tuple[str, str]] = set()
    models: set[str] = set()
    for run in runs:
        finished = run.status == "finished"
        if finished:
            files.update(_stored(root, run, "artifacts", ["path"])["path"].to_pylist())
            of_all = _stored(root, run, "models", ["model", "scored"]).to_pylist()
            # A model that cannot be analyzed is in no list of files, but it is looked at again.
            models.update(row["model"] for row in of_all if not row["scored"])
        else:
            models.update(model["id"] for model in config(run)["models"])
        if finished or root.table(run.run_id, "images").exists():
            pictures.update(_pairs(_stored(root, run, "images", ["path", "sha256"])))
    is_published = False
    for generation in _readable(root):
        with open_generation(generation) as connection:
            there = connection.execute(_PUBLISHED).fetchall()
            is_published |= not {run_id for (run_id,) in there}.isdisjoint(dropped)
            files.update(path for (path,) in connection.execute(_FILES, [dropped]).fetchall())
            pictures.update(connection.execute(_PICTURES, [dropped]).fetchall())
    return Needed(runs, dropped, files, pictures, models, is_published)


def config(run: ledger.Run) -> dict[str, Any]:
    """Return the study that was run, as its record keeps it."""
    return dict(json.loads(run.config_json))


def _staying(root: DataRoot, runs: list[ledger.Run], keep: int | None) -> list[ledger.Run]:
    """Finished runs, and of each study the newest that was not, unless one finished after it."""
    staying = []
    for study in sorted({run.study for run in runs}):
        own = [run for run in runs if run.study == study]
        finished = sorted(
            (run for run in own if run.status == "finished"),
            key=lambda run: run.serial or 0,
        )
        staying += finished[-keep:] if keep else finished
        others = [run for run in own if run.status != "finished"]
        newest = max(others, key=lambda run: _worked_at(root, run), default=None)
        after = finished[-1].finished_at if finished else None
        if newest is not None and (after is None or _worked_at(root, newest) > after):
            staying.append(newest)
    return staying


def _worked_at(root: DataRoot, run: ledger.Run) -> datetime:
    """When a run was begun, taken up again or given up for the last time."""
    record = (root.runs / run.run_id / "run.json").stat().st_mtime
    return max(run.started_at, datetime.fromtimestamp(record, UTC).replace(tzinfo=None))


def _stored(root: DataRoot, run: ledger.Run, table: str, columns: list[str]) -> pa.Table:
    """Read a run's stored rows of a table, all parts of it."""
    folder = root.table(run.run_id, table).parent
    try:
        parts = [pq.read_table(part, columns=columns) for part in sorted(folder.glob("*.parquet"))]
        return pa.concat_tables(parts)
    except (pa.ArrowException, OSError) as error:
        raise ledger.BadRecordError(
            f"{folder} does not tell what the run {run.run_id} needs ({error}), so nothing is "
            "removed; put it back from a copy, or remove the folder "
            f"{root.runs / run.run_id} to give that run up"
        ) from error


def _pairs(rows: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _readable(root: DataRoot) -> Iterator[Path]:
    """Yield the generations that a reader may have open, the newest first."""
    newest = current(root)
    if newest is None:
        return
    with open_generation(newest):
        yield newest
    for generation in set(existing(root)) - {newest}:
        with suppress(NoGenerationError), open_generation(generation):
            yield generation
