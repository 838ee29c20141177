"""Building and publishing a generation of the results database.

A generation is built beside the published one, checked, closed, flushed to
disk, and only then pointed to. A reader sees the old one or the new one.
"""

import re
import shutil
from collections.abc import Container, Iterable
from dataclasses import astuple, fields, replace
from pathlib import Path

import duckdb

from warehouse import ledger, rules, schema
from warehouse.digests import sha256
from warehouse.files import UNFINISHED, fsync
from warehouse.generations import (
    NoGenerationError,
    current,
    drop_older,
    number_of,
    open_generation,
    point_to,
    published_runs,
)
from warehouse.layout import DataRoot

#: Readers with DuckDB 1.5 can open what is written in this format.
STORAGE_VERSION = "v1.5.0"


class CheckFailedError(RuntimeError):
    """A rule about the results does not hold; nothing was published."""


def publish(root: DataRoot, run: ledger.Run) -> Path:
    """Publish a generation with one more run, and enter it in the ledger as it is given here.

    A run that is published already is published anew, with the rows it has now.
    The other runs published before are carried over, so the cost is that of a copy
    and of the new rows. The ledger is written after the rules have passed and
    before the pointer moves: a run that is entered as finished is a right one.

    Raises
    ------
    CheckFailedError
        If a rule about the run's rows does not hold; the published generation
        and the ledger stay as they were.
    """
    others = [run_id for run_id in published_runs(root) if run_id != run.run_id]
    return _build(root, others, new=run)


def rebuild(root: DataRoot) -> Path:
    """Publish a generation made again from the stored Parquet of all finished runs.

    Raises
    ------
    CheckFailedError
        If a rule does not hold for any of them.
    """
    return _build(root, _finished(root), new=None)


def publish_without(root: DataRoot, dropped: Container[str]) -> Path:
    """Publish a generation made again without some runs; no older one, which has them, stays.

    Raises
    ------
    CheckFailedError
        If a rule does not hold for any of the others; the published generations stay.
    """
    kept = [run_id for run_id in _finished(root) if run_id not in dropped]
    generation = _build(root, kept, new=None, dropped=dropped)
    drop_older(root)
    return generation


def refresh(root: DataRoot) -> None:
    """Publish again what another version published, with the tables and columns of this one.

    Raises
    ------
    CheckFailedError
        If a rule does not hold for any of the runs.
    """
    newest = current(root)
    if newest is not None and not _has_todays_schema(newest):
        _build(root, published_runs(root), new=None)


def _finished(root: DataRoot) -> list[str]:
    return [run.run_id for run in ledger.load_all(root) if run.status == "finished"]


def _build(
    root: DataRoot, run_ids: list[str], new: ledger.Run | None, dropped: Container[str] = ()
) -> Path:
    root.published.mkdir(parents=True, exist_ok=True)
    try:
        newest = current(root)
        # A file of the next number, left by a process killed before it moved the pointer, is
        # overwritten: nobody was ever pointed to it.
        number = 1 + (number_of(newest) if newest else 0)
    except NoGenerationError:
        number = 1 + max(map(number_of, root.published.glob("gen-*.duckdb")), default=0)
    target = root.published / f"gen-{number}.duckdb"
    draft = root.published / f".gen-{number}.duckdb{UNFINISHED}"
    try:
        _clear(draft)
        _fill(root, draft, run_ids, new, dropped)
        fsync(draft)
        if new is not None:
            ledger.save(root, new)
        draft.replace(target)
    finally:
        _clear(draft)
    fsync(root.published)
    point_to(root, target)
    return target


def _clear(draft: Path) -> None:
    """Remove a draft and its log: DuckDB would play the log into the next draft of that name."""
    for path in (draft, draft.with_name(f"{draft.name}.wal")):
        path.unlink(missing_ok=True)


def _fill(
    root: DataRoot,
    draft: Path,
    run_ids: list[str],
    new: ledger.Run | None,
    dropped: Container[str],
) -> None:
    """Write a database file with these runs and the new one, and check what was not checked."""
    start = current(root) if new else None
    carried = start is not None and _has_todays_schema(start)
    if start is not None and carried:
        shutil.copyfile(start, draft)
    added = ([] if carried else run_ids) + ([new.run_id] if new else [])
    config: schema.Config = {
        **schema.OFFLINE,
        "storage_compatibility_version": STORAGE_VERSION,
        # Checks over many million rows go to disk instead of taking all of the memory.
        "memory_limit": "2GB",
        "temp_directory": str(root.temporary),
    }
    with duckdb.connect(str(draft), config=config) as connection:
        if not carried:
            schema.create(connection)
        connection.execute("begin transaction")
        if carried and new:
            for table in schema.sql("tables"):
                connection.execute(f"delete from {table} where run_id = ?", [new.run_id])
        entries = [run for run in ledger.load_all(root) if run.run_id not in dropped]
        _write_ledger(entries, connection, {*run_ids, *added}, new)
        for run_id in added:
            _add_rows(root, connection, run_id)
        _check(root, connection, [new.run_id] if new else added)
        connection.execute("commit")
        connection.execute("checkpoint")
    shutil.rmtree(root.temporary, ignore_errors=True)


def _has_todays_schema(generation: Path) -> bool:
    """Whether a generation has the tables, views and comments of this version."""
    queries = (
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all",
        "select table_name, comment from duckdb_tables() where not internal order by all",
        "select view_name, sql, comment from duckdb_views() where not internal order by all",
    )
    with (
        open_generation(generation) as published,
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
) -> None:
    """Write table ``runs`` anew; finished are the runs whose rows are in this file."""
    connection.execute("delete from runs")
    columns = ", ".join(field.name for field in fields(ledger.Run))
    places = ", ".join("?" for _ in fields(ledger.Run))
    for run in entries:
        entry = new if new is not None and run.run_id == new.run_id else run
        if entry.status == "finished" and entry.run_id not in included:
            entry = replace(entry, status="unfinished", finished_at=None)
        connection.execute(f"insert into runs ({columns}) values ({places})", astuple(entry))


def _add_rows(root: DataRoot, connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    for table in schema.sql("tables"):
        parts = sorted((root.runs / run_id / "tables" / table).glob("*.parquet"))
        if parts:
            connection.execute(
                f"insert into {table} by name select * from "
                "read_parquet(?, union_by_name = true, hive_partitioning = false)",
                [[_literally(part) for part in parts]],
            )


def _literally(path: Path) -> str:
    """A path as DuckDB has to be told it, which takes every one for a pattern."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _check(root: DataRoot, connection: duckdb.DuckDBPyConnection, run_ids: list[str]) -> None:
    """Run every rule over the rows of these runs."""
    connection.execute("create temp table checked_runs (run_id varchar)")
    connection.execute("create temp table artifact_files (path varchar, sha256 varchar)")
    for run_id in run_ids:
        connection.execute("insert into checked_runs values (?)", [run_id])
    paths = connection.execute(
        "select distinct path from artifacts where run_id in (from checked_runs)"
    ).fetchall()
    for path, digest in _digests(root, (path for (path,) in paths)):
        connection.execute("insert into artifact_files values (?, ?)", [path, digest])
    for rule, query in rules.queries():
        result = connection.sql(query)
        rows, names = result.limit(2).fetchall(), result.columns
        if rows:
            first = ", ".join(f"{k}={v!r}" for k, v in zip(names, rows[0], strict=True))
            more = " and more" if len(rows) > 1 else ""
            raise CheckFailedError(
                f"the rule {rule} does not hold (first: {first}{more}); nothing was published, "
                f"the last published results are as they were"
            )
    connection.execute("drop table checked_runs")
    connection.execute("drop table artifact_files")


def _digests(root: DataRoot, paths: Iterable[str]) -> Iterable[tuple[str, str | None]]:
    for path in paths:
        file = root.path / path
        yield path, sha256(file) if file.is_file() else None
