"""Building and publishing a generation of the results database.

A generation is built beside the published one, checked, closed, flushed to
disk, and only then pointed to. A reader sees the old one or the new one.
"""

import shutil
from collections.abc import Container
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import duckdb

from warehouse import ledger, rows, schema
from warehouse.files import DamagedFileError, draft_of, writing
from warehouse.generations import (
    NoGenerationError,
    current,
    existing,
    is_whole,
    number_of,
    published_runs,
    reading,
)
from warehouse.layout import DataRoot
from warehouse.pointer import appear, drop_older, point_to, require_place
from warehouse.rows import CheckFailedError

#: Readers with DuckDB 1.5 can open what is written in this format.
STORAGE_VERSION = "v1.5.0"


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes
    ----------
    generation
        The file.
    left_out
        By run that is finished and not in it, the sentence that says why.
    """

    generation: Path
    left_out: dict[str, str]


def publish(root: DataRoot, run: ledger.Run) -> Published:
    """Publish a generation with one more run, and enter it in the ledger as it is given here.

    A run that is published already is published anew, with the rows it has now.
    The other runs published before are carried over, so the cost is that of a copy
    and of the new rows. The ledger is written after the rules have passed and
    before the pointer moves: a run that is entered as finished is a right one.

    Raises
    ------
    CheckFailedError, DamagedFileError
        If a rule about the run's rows does not hold, or they are not what was written; the
        published generation and the ledger stay as they were.
    """
    run = replace(run, serial=ledger.next_serial(root, run.run_id))
    others = [run_id for run_id in published_runs(root) if run_id != run.run_id]
    try:
        return _build(root, others, new=run)
    except CheckFailedError as error:
        raise CheckFailedError(
            f"{error}; nothing was published, the last published results are as they were"
        ) from error


def rebuild(root: DataRoot) -> Published:
    """Publish a generation made again from the stored Parquet of all finished runs that hold."""
    return _build(root, _finished(root), new=None)


def publish_without(root: DataRoot, dropped: Container[str]) -> Path:
    """Publish a generation made again without some runs; no older one, which has them, stays.

    Raises
    ------
    CheckFailedError
        If one of the others does not hold; the published generations stay.
    """
    kept = [run_id for run_id in _finished(root) if run_id not in dropped]
    published = _build(root, kept, new=None, dropped=dropped, all_or_none=True)
    drop_older(root)
    return published.generation


def refresh(root: DataRoot) -> dict[str, str]:
    """Publish again what another version published, with the tables and columns of this one.

    Returns
    -------
    dict
        By run that is not in it for that, why.
    """
    newest = current(root)
    if newest is None or _has_todays_schema(newest):
        return {}
    return _build(root, published_runs(root), new=None).left_out


def _finished(root: DataRoot) -> list[str]:
    return [run.run_id for run in ledger.load_readable(root)[0] if run.status == "finished"]


def _build(
    root: DataRoot,
    run_ids: list[str],
    new: ledger.Run | None,
    *,
    dropped: Container[str] = (),
    all_or_none: bool = False,
) -> Published:
    require_place(root)
    # Above all that are there: a killed process may have left one that nobody was pointed to.
    number = 1 + max(map(number_of, existing(root)), default=0)
    target = root.published / f"gen-{number}.duckdb"
    draft = draft_of(target)
    spilled = draft_of(root.published / f"gen-{number}.tmp")
    with writing(target):
        root.published.mkdir(parents=True, exist_ok=True)
        try:
            left_out = _fill(root, draft, spilled, run_ids, new, dropped)
            if left_out and all_or_none:
                raise CheckFailedError(next(iter(left_out.values())))
            if new is not None:
                ledger.save(root, new)
            appear(draft, target)
        finally:
            # DuckDB would play the log of a draft into the next one of that name.
            for path in (draft, draft.with_name(f"{draft.name}.wal")):
                path.unlink(missing_ok=True)
            shutil.rmtree(spilled, ignore_errors=True)
        point_to(root, target)
    return Published(target, left_out)


def _fill(
    root: DataRoot,
    draft: Path,
    spilled: Path,
    run_ids: list[str],
    new: ledger.Run | None,
    dropped: Container[str],
) -> dict[str, str]:
    """Write a database file with these runs and the new one, checked; return who is left out."""
    before = _newest_that_is_whole(root)
    carried = new is not None and before is not None and _has_todays_schema(before)
    if before is not None and carried:
        shutil.copyfile(before, draft)
    config: schema.Config = {
        **schema.OFFLINE,
        "storage_compatibility_version": STORAGE_VERSION,
        # Checks over many million rows go to disk instead of taking all of the memory.
        "memory_limit": "2GB",
        "temp_directory": str(spilled),
    }
    entries, bad = ledger.load_readable(root)
    entries = [run for run in entries if run.run_id not in dropped]
    left_out: dict[str, str] = {}
    with duckdb.connect(str(draft), config=config) as connection:
        if not carried:
            schema.create(connection)
        connection.execute("begin transaction")
        if new is not None:
            rows.remove(connection, new.run_id)
        included = {*run_ids} | ({new.run_id} if new else set())
        _write_ledger(entries, connection, included, new, bad)
        for run_id in () if carried else dict.fromkeys([*run_ids, *bad]):
            try:
                if run_id in bad:
                    raise ledger.BadRecordError(bad[run_id])
                rows.add(root, connection, run_id)
            except (CheckFailedError, DamagedFileError, ledger.BadRecordError) as error:
                rows.remove(connection, run_id)
                stays = before is not None and rows.take_over(connection, before, run_id)
                left_out[run_id] = (
                    f"{run_id} {'stays as it was published' if stays else 'is left out'}: {error}"
                )
        if new is not None:
            rows.add(root, connection, new.run_id)
        connection.execute("commit")
        connection.execute("checkpoint")
    return left_out


def _newest_that_is_whole(root: DataRoot) -> Path | None:
    """The published generation; or, where it is lost or damaged, the last before it that is not."""
    try:
        newest = current(root)
    except NoGenerationError:
        newest = None
    candidates = existing(root) if newest is None else [newest, *existing(root)]
    return next((path for path in candidates if is_whole(path)), None)


def _has_todays_schema(generation: Path) -> bool:
    """Whether a generation has the tables, views and comments of this version."""
    queries = (
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all",
        "select table_name, comment from duckdb_tables() where not internal order by all",
        "select view_name, sql, comment from duckdb_views() where not internal order by all",
    )
    with (
        reading(generation) as published,
        duckdb.connect(config=schema.OFFLINE) as today,
    ):
        schema.create(today)
        return all(
            published.execute(query).fetchall() == today.execute(query).fetchall()
            for query in queries
        )


def _write_ledger(
    entries: list[ledger.Run],
    connection: duckdb.DuckDBPyConnection,
    included: set[str],
    new: ledger.Run | None,
    bad: Container[str],
) -> None:
    """Write table ``runs`` anew, but for records that cannot be read.

    Finished are the runs whose rows are in this file.
    """
    there = connection.execute("select run_id from runs").fetchall()
    for (run_id,) in there:
        if run_id not in bad or (new is not None and run_id == new.run_id):
            connection.execute("delete from runs where run_id = ?", [run_id])
    columns = ", ".join(field.name for field in fields(ledger.Run))
    places = ", ".join("?" for _ in fields(ledger.Run))
    others = [run for run in entries if new is None or run.run_id != new.run_id]
    for entry in [*others, *([new] if new else [])]:
        if entry.status == "finished" and entry.run_id not in included:
            entry = replace(entry, status="unfinished", finished_at=None, serial=None)
        connection.execute(f"insert into runs ({columns}) values ({places})", astuple(entry))
