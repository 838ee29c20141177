"""The tables: their columns are read from the SQL that creates them, nowhere else."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath
from types import MappingProxyType

import duckdb
import pyarrow as pa

Config = dict[str, str | bool | int | float | list[str]]

#: Only what the wheel holds; nothing is fetched, whatever a query names.
OFFLINE: Config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}

#: A reader may see the file it opened and nothing else. One setting for every reader: within a
#: process, DuckDB refuses a second connection to the same file with another.
SANDBOX: Config = {**OFFLINE, "enable_external_access": False, "lock_configuration": True}


@cache
def sql(folder: str) -> Mapping[str, str]:
    """Return the ``.sql`` files of a folder of this package and of those in it, sorted by name."""
    return MappingProxyType(read_sql(files("warehouse") / folder))


def read_sql(folder: Traversable) -> dict[str, str]:
    """Read all ``.sql`` files below a folder by name, wherever they lie, sorted.

    Raises
    ------
    ValueError
        If two have the same name.
    """
    found: dict[str, str] = {}
    for entry in _files(folder):
        name = PurePath(entry.name)
        if name.suffix != ".sql":
            continue
        if name.stem in found:
            raise ValueError(
                f"two files below {folder.name}/ are called {name}, and each is known by its name "
                "alone; rename one"
            )
        found[name.stem] = entry.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry)
        else:
            yield entry


@cache
def keys() -> Mapping[str, tuple[str, ...]]:
    """Columns that tell a table's rows apart, which its file names in the line ``-- Key:``."""
    return MappingProxyType({table: key(table, text) for table, text in sql("tables").items()})


def key(table: str, text: str) -> tuple[str, ...]:
    """Read a table's key from the comment of its file.

    Raises
    ------
    ValueError
        If the comment names none.
    """
    for line in text.splitlines():
        if line.startswith("-- Key:"):
            return tuple(name.strip() for name in line.removeprefix("-- Key:").split(","))
    raise ValueError(
        f"the file of table {table} does not say what tells its rows apart; add a line such as "
        "`-- Key: run_id, model` to the comment at its top"
    )


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table, the ``latest`` view of each, and readable views, with their comments."""
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
    for name, statement in sql("views").items():
        if name != "latest":
            connection.execute(statement)
    # A column of a view that is called like a table's means the same.
    for view, column, comment in connection.execute(
        "select v.table_name, v.column_name, any_value(t.comment order by t.table_name) "
        "from duckdb_columns() v join duckdb_columns() t using (column_name) "
        "where v.table_name in (select view_name from duckdb_views() where not internal) "
        "and v.schema_name = 'main' and t.schema_name = 'main' and v.comment is null "
        "and t.comment is not null group by all"
    ).fetchall():
        text = str(comment).replace("'", "''")
        connection.execute(f"comment on column main.{view}.{column} is '{text}'")


def _source(table: str) -> str:
    if table != "runs":
        return "latest.runs"
    return (
        "(select arg_max(run_id, (coalesce(serial, 0), finished_at, run_id)) as run_id "
        "from main.runs where status = 'finished' group by study)"
    )


def columns() -> dict[str, list[str]]:
    """Names of every table's columns, those that are generated from others among them."""
    return {table: [field.name for field, _ in fields] for table, fields in _fields().items()}


@cache
def arrow_schemas() -> dict[str, pa.Schema]:
    """Arrow schema of every table as it is stored, in the column order of its SQL.

    Columns that are generated from others are left out: they follow from the
    stored ones, in the database and nowhere else.
    """
    return {
        table: pa.schema([field for field, generated in fields if not generated])
        for table, fields in _fields().items()
    }


def as_published(table: str, rows: pa.Table) -> pa.Table:
    """Return rows of a table as the database would show them: with its generated columns.

    For rows that are made on demand and published nowhere: what follows from a
    row is said once, by the SQL of its table.
    """
    with duckdb.connect(config=OFFLINE) as connection:
        connection.execute(sql("tables")[table])
        connection.register("given", rows)
        connection.execute(f"insert into {table} by name from given")
        return connection.sql(f"from {table}").to_arrow_table()


@cache
def _fields() -> dict[str, list[tuple[pa.Field, bool]]]:
    """Fields of every table, and whether each is generated from others."""
    with duckdb.connect(config=OFFLINE) as connection:
        for statement in sql("tables").values():
            connection.execute(statement)
        found = connection.execute(
            "select table_name, column_name from duckdb_columns() where is_generated"
        )
        generated = set(found.fetchall())
        return {
            table: [
                (field, (table, field.name) in generated)
                for field in connection.sql(f"from {table}").to_arrow_table().schema
            ]
            for table in sql("tables")
        }


def numbers(table: str) -> list[str]:
    """Columns of a table that hold fractions, and so could hold NaN."""
    return [field.name for field in arrow_schemas()[table] if pa.types.is_floating(field.type)]
