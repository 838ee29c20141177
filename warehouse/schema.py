"""The tables: their columns are read from the SQL that creates them, nowhere else."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

Config = dict[str, str | bool | int | float | list[str]]

#: Only what the wheel holds; nothing is fetched, whatever a query names.
OFFLINE: Config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}

#: A reader may see the file it opened and nothing else. One setting for every reader: within a
#: process, DuckDB refuses a second connection to the same file with another.
SANDBOX: Config = {**OFFLINE, "enable_external_access": False, "lock_configuration": True}


def sql(folder: str) -> dict[str, str]:
    """Return the ``.sql`` files of a folder of this package, by name, sorted."""
    entries = files("warehouse") / folder
    return {
        Path(entry.name).stem: entry.read_text(encoding="utf-8")
        for entry in sorted(entries.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    }


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table, and the ``latest`` view of each, with their comments."""
    tables = sql("tables")
    for statement in tables.values():
        connection.execute(statement)
    template = sql("views")["latest"]
    connection.execute("create schema latest")
    for table in ["runs", *(name for name in tables if name != "runs")]:
        connection.execute(template.replace("{table}", table).replace("{source}", _source(table)))
    for table, column, comment in connection.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where schema_name = 'main' and not internal"
    ).fetchall():
        text = str(comment).replace("'", "''")
        connection.execute(f"comment on column latest.{table}.{column} is '{text}'")


def _source(table: str) -> str:
    if table != "runs":
        return "latest.runs"
    return (
        "(select arg_max(run_id, (finished_at, run_id)) as run_id from main.runs "
        "where status = 'finished' group by study)"
    )


@cache
def arrow_schemas() -> dict[str, pa.Schema]:
    """Arrow schema of every table, in the column order of its SQL."""
    with duckdb.connect(config=OFFLINE) as connection:
        for statement in sql("tables").values():
            connection.execute(statement)
        return {
            table: connection.sql(f"from {table}").to_arrow_table().schema
            for table in sql("tables")
        }
