"""A run's rows: put into a database file from the stored Parquet, checked, and taken out."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import artifacts, rules, schema
from warehouse.files import MADE_ANEW, DamagedFileError
from warehouse.generations import reading
from warehouse.layout import DataRoot
from warehouse.stored import parquet
from warehouse.stored.run_folder import RunFolder

#: Rows taken over at once.
_AT_ONCE = 100_000


class CheckFailedError(RuntimeError):
    """A rule about the results does not hold."""


def remove(
    connection: duckdb.DuckDBPyConnection, run_id: str, tables: Iterable[str] | None = None
) -> None:
    """Take a run's rows out of tables (None: all) but ``runs``, where it is not finished then."""
    for table in schema.sql("tables") if tables is None else tables:
        if table != "runs":
            connection.execute(f"delete from {table} where run_id = ?", [run_id])
    connection.execute(
        "update runs set status = 'unfinished', finished_at = null, serial = null where run_id = ?",
        [run_id],
    )


def take_over(connection: duckdb.DuckDBPyConnection, before: Path, run_id: str) -> bool:
    """Insert a run's rows as an earlier generation has them; False if it has none."""
    with reading(before) as published:
        finished = "from runs where run_id = ? and status = 'finished'"
        if not published.execute(finished, [run_id]).fetchall():
            return False
        connection.execute("delete from runs where run_id = ?", [run_id])
        there = set(
            published.execute(
                "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
            ).fetchall()
        )
        for table, fields in schema.arrow_schemas().items():
            columns = ", ".join(name for name in fields.names if (table, name) in there)
            if columns:
                found = published.sql(
                    f"select {columns} from main.{table} where run_id = $run",
                    params={"run": run_id},
                )
                _insert(connection, table, found.to_arrow_reader(_AT_ONCE))
    return True


def add(
    root: DataRoot,
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    tables: Iterable[str] | None = None,
) -> None:
    """Insert a run's rows, which must be what was written, and check all it has by every rule.

    Parameters
    ----------
    tables
        Those whose rows are inserted; None for all.

    Raises
    ------
    DamagedFileError
        If a file of them, or one that they were made of, is not what was written, or is missing.
    CheckFailedError
        If a rule does not hold.
    """
    folder = RunFolder(root, run_id)
    for path, problem in folder.problems().items():
        raise DamagedFileError(f"{path} {problem}; {MADE_ANEW}")
    for table in schema.sql("tables") if tables is None else tables:
        for part in folder.parts(table):
            with parquet.damage(part), pq.ParquetFile(part) as file:
                given = pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())
                _insert(connection, table, given)
    _check(root, connection, run_id)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, given: pa.RecordBatchReader) -> None:
    connection.register("given", given)
    connection.execute(f"insert into {table} by name from given")
    connection.unregister("given")


def _check(root: DataRoot, connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Ask every rule about a run's rows, and whether the files that it used are there."""
    connection.execute("create or replace temp table checked_runs (run_id varchar)")
    connection.execute("create or replace temp table artifact_files (path varchar, sha256 varchar)")
    connection.execute("insert into checked_runs values (?)", [run_id])
    used = connection.sql(
        "select path, any_value(sha256) as sha256 from artifacts where run_id = $run group by path",
        params={"run": run_id},
    ).to_arrow_table()
    # What this process read or wrote just now is not read again.
    for place, problem in artifacts.damaged(root, used, since=0.0).items():
        raise DamagedFileError(f"{place} {problem}; {MADE_ANEW}")
    connection.register("used", used)
    connection.execute("insert into artifact_files from used")
    connection.unregister("used")
    for rule, query in rules.queries():
        result = connection.sql(query)
        rows, names = result.limit(2).fetchall(), result.columns
        if rows:
            first = ", ".join(f"{k}={v!r}" for k, v in zip(names, rows[0], strict=True))
            more = " and more" if len(rows) > 1 else ""
            raise CheckFailedError(f"the rule {rule} does not hold (first: {first}{more})")
    connection.execute("drop table checked_runs")
    connection.execute("drop table artifact_files")
