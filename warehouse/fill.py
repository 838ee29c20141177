"""Filling a database file with runs: taken from what is published, or from stored Parquet."""

import os
import shutil
from collections.abc import Collection, Container
from dataclasses import astuple, fields, replace
from functools import cache
from pathlib import Path

import duckdb

from warehouse import ledger, rows, schema
from warehouse.files import DamagedFileError
from warehouse.generations import (
    NoGenerationError,
    current,
    existing,
    is_whole,
    published_runs,
    reading,
)
from warehouse.layout import DataRoot
from warehouse.rows import CheckFailedError

#: Readers with DuckDB 1.5 can open what is written in this format.
STORAGE_VERSION = "v1.5.0"


def fill(
    root: DataRoot,
    draft: Path,
    spilled: Path,
    run_ids: list[str],
    new: ledger.Run | None,
    dropped: Container[str],
    changed: Collection[str] | None,
) -> dict[str, str]:
    """Write a database file with these runs and the new one, checked; return who is left out.

    Where the new one is in what is published, it stays there but for its changed tables (None: any
    may have changed).
    """
    before = _newest_that_is_whole(root)
    carried = new is not None and before is not None and has_todays_schema(before)
    if before is not None and carried:
        shutil.copyfile(before, draft)
    config: schema.Config = {
        **schema.OFFLINE,
        "storage_compatibility_version": STORAGE_VERSION,
        # Checks over many million rows go to disk instead of taking all of the memory, of which
        # each thread has its part.
        "memory_limit": "1GB",
        "threads": min(4, os.cpu_count() or 1),
        "temp_directory": str(spilled),
    }
    entries, bad = ledger.load_readable(root)
    entries = [run for run in entries if run.run_id not in dropped]
    # With a bucket, runs of other machines are published, and not all of this one's.
    ours = {run.run_id for run in entries} | bad.keys()
    theirs = [one for one in run_ids if root.bucket is not None and one not in ours]
    added = [] if carried else [one for one in [*run_ids, *bad] if one not in theirs]
    if carried and root.bucket is not None:
        added = _not_published(root, entries)
    left_out: dict[str, str] = {}
    with duckdb.connect(str(draft), config=config) as connection:
        if not carried:
            schema.create(connection)
        connection.execute("begin transaction")
        if new is not None:
            changed = changed if carried else None
            rows.remove(connection, new.run_id, changed)
            added = [one for one in added if one != new.run_id]
        if before is not None and not carried:
            for run_id in theirs:
                rows.take_over(connection, before, run_id)
        kept = {*bad} if root.bucket is None else {*bad, *_others(connection, ours, dropped)}
        included = {*run_ids, *added} | ({new.run_id} if new else set())
        _write_ledger(entries, connection, included, new, kept)
        for run_id in dict.fromkeys(added):
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
            rows.add(root, connection, new.run_id, changed)
        connection.execute("commit")
        connection.execute("checkpoint")
    return left_out


def _not_published(root: DataRoot, entries: list[ledger.Run]) -> list[str]:
    """Finished runs of this machine that the newest generation does not have."""
    published = published_runs(root)
    finished = (run.run_id for run in entries if run.status == "finished")
    return [run_id for run_id in finished if run_id not in published]


def _others(
    connection: duckdb.DuckDBPyConnection, ours: Container[str], dropped: Container[str]
) -> list[str]:
    """Runs in a file that this machine has no record of, and did not drop."""
    there = connection.execute("select run_id from runs").fetchall()
    return [run_id for (run_id,) in there if run_id not in ours and run_id not in dropped]


def _newest_that_is_whole(root: DataRoot) -> Path | None:
    """The published generation; or, where it is lost or damaged, the last before it that is not."""
    try:
        newest = current(root)
    except NoGenerationError:
        newest = None
    candidates = existing(root) if newest is None else [newest, *existing(root)]
    return next((path for path in candidates if is_whole(path)), None)


def has_todays_schema(generation: Path) -> bool:
    """Whether a generation has the tables, views and comments of this version."""
    with reading(generation) as published:
        return _described(published) == _todays_schema()


@cache
def _todays_schema() -> list[list[tuple[str, ...]]]:
    with duckdb.connect(config=schema.OFFLINE) as today:
        schema.create(today)
        return _described(today)


def _described(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[str, ...]]]:
    queries = (
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all",
        "select table_name, comment from duckdb_tables() where not internal order by all",
        "select view_name, sql, comment from duckdb_views() where not internal order by all",
    )
    return [connection.execute(query).fetchall() for query in queries]


def _write_ledger(
    entries: list[ledger.Run],
    connection: duckdb.DuckDBPyConnection,
    included: set[str],
    new: ledger.Run | None,
    kept: Container[str],
) -> None:
    """Write table ``runs`` anew, but for records that are not here to be read.

    Finished are the runs whose rows are in this file.
    """
    there = connection.execute("select run_id from runs").fetchall()
    for (run_id,) in there:
        if run_id not in kept or (new is not None and run_id == new.run_id):
            connection.execute("delete from runs where run_id = ?", [run_id])
    columns = ", ".join(field.name for field in fields(ledger.Run))
    places = ", ".join("?" for _ in fields(ledger.Run))
    others = [run for run in entries if new is None or run.run_id != new.run_id]
    for entry in [*others, *([new] if new else [])]:
        if entry.status == "finished" and entry.run_id not in included:
            entry = replace(entry, status="unfinished", finished_at=None, serial=None)
        connection.execute(f"insert into runs ({columns}) values ({places})", astuple(entry))
