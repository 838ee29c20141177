"""Building and publishing a generation of the results database.

A generation is built beside the published one, checked, closed, flushed to
disk, and only then pointed to. A reader sees the old one or the new one.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, fields
from pathlib import Path

import duckdb

from warehouse import ledger, schema
from warehouse.files import UNFINISHED, fsync, sha256, whole
from warehouse.layout import DataRoot

#: Readers with DuckDB 1.5 can open what is written in this format.
STORAGE_VERSION = "v1.5.0"
KEPT_GENERATIONS = 3


class CheckFailedError(RuntimeError):
    """A rule about the results does not hold; nothing was published."""


def current(root: DataRoot) -> Path | None:
    """Return the published generation's file; None before the first."""
    pointer = root.published / "CURRENT"
    return root.published / pointer.read_text().strip() if pointer.exists() else None


def publish(root: DataRoot) -> Path:
    """Publish a generation with every finished run that is not yet in it.

    Earlier runs are carried over from the published generation, so the cost is
    that of a copy and of the new rows.

    Raises
    ------
    CheckFailedError
        If a rule about the new rows does not hold; the published generation
        stays as it was.
    """
    return _build(root, start=current(root))


def rebuild(root: DataRoot) -> Path:
    """Publish a generation made again from the stored Parquet of all finished runs."""
    return _build(root, start=None)


def published_runs(root: DataRoot) -> list[str]:
    """Ids of the finished runs in the published generation, oldest first."""
    generation = current(root)
    if generation is None:
        return []
    with duckdb.connect(str(generation), read_only=True, config=schema.SANDBOX) as connection:
        return [
            run_id
            for (run_id,) in connection.execute(
                "select run_id from runs where status = 'finished' order by finished_at, run_id"
            ).fetchall()
        ]


def _build(root: DataRoot, start: Path | None) -> Path:
    root.published.mkdir(parents=True, exist_ok=True)
    newest = current(root)
    # A file of the next number, left by a process killed before it moved the pointer, is
    # overwritten: nobody was ever pointed to it.
    number = 1 + (_number(newest) if newest else 0)
    target = root.published / f"gen-{number}.duckdb"
    draft = root.published / f".gen-{number}.duckdb{UNFINISHED}"
    try:
        _fill(root, draft, start)
        fsync(draft)
        draft.replace(target)
    finally:
        for path in (draft, draft.with_name(f"{draft.name}.wal")):
            path.unlink(missing_ok=True)
    fsync(root.published)
    with whole(root.published / "CURRENT") as pointer:
        pointer.write_text(f"{target.name}\n")
    _link(root, target)
    _prune(root, target)
    return target


def _fill(root: DataRoot, draft: Path, start: Path | None) -> None:
    if start is not None and _has_todays_schema(start):
        shutil.copyfile(start, draft)
        fresh = False
    else:
        draft.unlink(missing_ok=True)
        fresh = True
    config: schema.Config = {
        **schema.OFFLINE,
        "storage_compatibility_version": STORAGE_VERSION,
        "temp_directory": str(root.path / "tmp"),
    }
    with duckdb.connect(str(draft), config=config) as connection:
        if fresh:
            schema.create(connection)
        connection.execute("begin transaction")
        added = _add_runs(root, connection)
        _check(root, connection, added)
        connection.execute("commit")
        connection.execute("checkpoint")
    shutil.rmtree(root.path / "tmp", ignore_errors=True)


def _has_todays_schema(generation: Path) -> bool:
    """Whether a generation has the tables and columns of this version, with their comments."""
    query = (
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'main' and not internal order by all"
    )
    with (
        duckdb.connect(str(generation), read_only=True, config=schema.SANDBOX) as published,
        duckdb.connect(config=schema.OFFLINE) as today,
    ):
        schema.create(today)
        return published.execute(query).fetchall() == today.execute(query).fetchall()


def _add_runs(root: DataRoot, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Write the ledger anew, add the rows of runs that are not in yet; return their ids."""
    before = {
        run_id
        for (run_id,) in connection.execute(
            "select run_id from runs where status = 'finished'"
        ).fetchall()
    }
    runs = ledger.load_all(root)
    connection.execute("delete from runs")
    columns = ", ".join(field.name for field in fields(ledger.Run))
    places = ", ".join("?" for _ in fields(ledger.Run))
    for run in runs:
        connection.execute(f"insert into runs ({columns}) values ({places})", astuple(run))
    added = [run.run_id for run in runs if run.status == "finished" and run.run_id not in before]
    for run_id in added:
        for table in schema.sql("tables"):
            parts = sorted((root.runs / run_id / "tables" / table).glob("*.parquet"))
            if parts:
                connection.execute(
                    f"insert into {table} by name select * from "
                    "read_parquet(?, union_by_name = true, hive_partitioning = false)",
                    [[str(part) for part in parts]],
                )
    return added


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
    for rule, query in schema.sql("checks").items():
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


def _link(root: DataRoot, target: Path) -> None:
    """Point ``sing.duckdb`` at a generation, in one step."""
    draft = root.path / f".sing.duckdb{UNFINISHED}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.relative_to(root.path))
    draft.replace(root.path / "sing.duckdb")
    fsync(root.path)


def _prune(root: DataRoot, newest: Path) -> None:
    """Keep the last generations; a reader that still has an older one open keeps it."""
    generations = sorted(root.published.glob("gen-*.duckdb"), key=_number)
    for old in generations[:-KEPT_GENERATIONS]:
        if old != newest:
            with suppress(FileNotFoundError):
                old.unlink()


def _number(generation: Path) -> int:
    return int(generation.stem.removeprefix("gen-"))
