"""The read side: short, read-only, sandboxed connections to the published results."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import rules, schema
from warehouse.generations import (
    NoGenerationError,
    current,
    open_generation,
    require_whole,
)
from warehouse.layout import DataRoot

_NO_TEXT = "the query has characters that are no text; type it anew"


class NoWarehouseError(FileNotFoundError):
    """Nothing has been published yet."""


class QueryError(ValueError):
    """A query that the database cannot answer, or that it may not."""

    exit_code = 2


class OlderFileError(QueryError):
    """The published file was made by a version that did not know what is asked for."""


class Warehouse:
    """Questions to the newest published generation.

    Every question opens the generation that is newest then and closes it
    again: a connection that stays open would go on showing an old one.
    """

    def __init__(self, root: DataRoot, limits: schema.Config | None = None) -> None:
        self.root = root
        #: Further settings of the sandbox, such as its memory; one set for a whole process.
        self.limits = limits or {}

    def identity(self) -> str | None:
        """Return what changes when anything new is published; None before the first.

        Answers may be kept under it: a generation is never changed in place.
        """
        generation = current(self.root)
        if generation is None:
            return None
        try:
            about = generation.stat()
        except FileNotFoundError:
            return f"{generation.name} is missing"
        return f"{generation.name} {about.st_ino} {about.st_mtime_ns} {about.st_size}"

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the newest generation for reading.

        Raises
        ------
        NoWarehouseError
            If nothing is published, saying which command publishes.
        """
        connection = self._open()
        try:
            yield connection
        finally:
            connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        # Between reading the pointer and opening the file, three more generations may have
        # been published and this one dropped: then the pointer has moved.
        for _ in range(5):
            generation = current(self.root)
            if generation is None:
                break
            try:
                return open_generation(generation, self.limits)
            except NoGenerationError:
                if generation.exists() or generation == current(self.root):
                    raise
        raise NoWarehouseError(
            f"no results are published in {self.root}; make some with `sing run STUDY`, "
            "or name another folder with --data"
        )

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """Answer one read-only query as an Arrow table.

        Parameters
        ----------
        parameters
            Values of its ``?``, or by name of its ``$name``.

        Raises
        ------
        QueryError
            If it is not valid, or would read or write anything else.
        """
        require_text(sql)
        bound = _bound(parameters)
        for value in bound.values() if isinstance(bound, dict) else bound or ():
            require_text(value)
        with self.connect() as connection:
            try:
                if len(connection.extract_statements(sql)) > 1:
                    # Only the last one would be answered.
                    raise QueryError("those are several statements; ask them one at a time")
                answer = connection.sql(sql, params=bound)
                if answer is None:
                    raise QueryError("that statement has no result; ask with select, from or show")
                return _table(answer)
            except duckdb.Error as error:
                require_whole(error, current(self.root))
                raise QueryError(str(error)) from error

    def ask(self, question: str, **parameters: Any) -> pa.Table:
        """Answer one of the questions below ``questions/``, by its name.

        Raises
        ------
        OlderFileError
            If the published file lacks a table or column that it needs.
        """
        try:
            return self.query(schema.sql("questions")[question], parameters)
        except QueryError as error:
            if self._is_older():
                raise OlderFileError(
                    "the published results were made by an older version and lack what this shows; "
                    "`sing rebuild` makes them again from the stored Parquet, a new run fills them"
                ) from error
            raise

    def _is_older(self) -> bool:
        """Whether the file lacks a table or column of this version."""
        known = self.query(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
        ).to_pydict()
        there = set(zip(*known.values(), strict=True))
        today = schema.columns().items()
        return any((table, name) not in there for table, names in today for name in names)

    def tables(self) -> list[str]:
        """Names of the published tables."""
        return list(schema.sql("tables"))

    def checks(self) -> dict[str, str]:
        """Rules that every published row has passed, by name, each in its own words."""
        return rules.words()


def require_text(value: Any) -> None:
    """Refuse bytes of a command line that are no UTF-8, halves of pairs, and zeros.

    Raises
    ------
    QueryError
        If a value is text with any of these.
    """
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise QueryError(_NO_TEXT) from None
    if isinstance(value, str) and "\0" in value:
        raise QueryError(_NO_TEXT)


def _table(answer: duckdb.DuckDBPyRelation) -> pa.Table:
    try:
        return answer.project(plain(answer)).to_arrow_table()
    except duckdb.ConversionException:
        # The query's own, or a number that is wider than 64 bits: then this one answers.
        return answer.project(plain(answer, wide="varchar")).to_arrow_table()


def _bound(parameters: Sequence[Any] | Mapping[str, Any]) -> Any:
    if isinstance(parameters, Mapping):
        return dict(parameters) or None
    return list(parameters) or None


#: Types that every output format can hold.
_PLAIN = frozenset(
    (
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
        "UBIGINT", "FLOAT", "DOUBLE", "VARCHAR", "DATE", "TIME", "TIMESTAMP",
    )
)  # fmt: skip


def plain(answer: duckdb.DuckDBPyRelation, *, wide: str = "bigint") -> str:
    """Columns of an answer, with types that CSV, JSON and Parquet have in common.

    Sums of integers are 128 bits wide in DuckDB and decimals are its literals:
    both become ordinary numbers. Intervals, lists and structs become text.

    Parameters
    ----------
    wide
        What integers of 128 bits become: 64 bits, which most fit, or their digits as text.
    """
    columns: list[str] = []
    names: list[str] = []
    for position, kind in enumerate(map(str, answer.types), start=1):
        given = answer.columns[position - 1]
        # Two columns of one name are fine in SQL and in no file.
        names.append(given if given not in names else f"{given}_{position}")
        name = '"' + names[-1].replace('"', '""') + '"'
        if kind in _PLAIN:
            columns.append(f"#{position} as {name}")
        elif kind == "HUGEINT":
            columns.append(f"#{position}::{wide} as {name}")
        elif kind.startswith("DECIMAL"):
            columns.append(f"#{position}::double as {name}")
        else:
            columns.append(f"#{position}::varchar as {name}")
    return ", ".join(columns)
