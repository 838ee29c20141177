"""The process that answers for the console: it limits itself, and runs what passes the gate."""

import json
import os
import resource
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import schema
from warehouse.console import gate
from warehouse.generations import NoGenerationError, open_generation
from warehouse.layout import DataRoot
from warehouse.read import NoWarehouseError, QueryError, Warehouse, plain

_THREADS = 2

#: What DuckDB may take for sorting and joining. It does not count the strings that it makes.
_MEMORY_MB = 512

#: What the process may take, strings and all; started, it has 0.2 GB.
_PROCESS_BYTES = 1536 * 2**20

#: An answer of 10,000 rows with 30 columns of numbers has 2.4 MB; a page cannot show more.
_ANSWER_BYTES = 32 * 2**20

#: The process ends itself this long after its time, if the one that asked is gone.
_GRACE_SECONDS = 1.0

#: DuckDB reads expressions of 1,000 levels, each of which is up to five in its tree.
_LEVELS = 8_000

#: Settings beside those of the sandbox; nothing is written, not even what does not fit.
_LIMITS: schema.Config = {
    "threads": _THREADS,
    "memory_limit": f"{_MEMORY_MB}MB",
    "temp_directory": "",
    "max_temp_directory_size": "0KiB",
    "python_enable_replacements": False,
}

#: Some problems of DuckDB come as Arrow's, when they are met in the middle of an answer.
_PROBLEMS = (
    QueryError,
    NoWarehouseError,
    NoGenerationError,
    duckdb.Error,
    pa.ArrowException,
    OSError,
    MemoryError,
)

_TOO_LARGE = (
    f"the query needs more memory than the {_MEMORY_MB} MB that it may take; "
    "ask for fewer rows or columns, or aggregate earlier"
)


def main() -> int:
    """Answer the question on the standard input: a stream of Arrow, or the error as JSON."""
    question = json.load(sys.stdin)
    sys.setrecursionlimit(_LEVELS)
    _limit(question["seconds"])
    try:
        stream = _answer(question)
    except _PROBLEMS as error:
        print(json.dumps({"error": _sentence(error)}))
        return 1
    sys.stdout.buffer.write(stream)
    return 0


def _limit(seconds: float) -> None:
    """Have the system end this process when it takes too much, whether or not anyone watches."""
    # The usual answer to this signal ends a process at once, also in the middle of a query.
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_SECONDS)
    processor = int(_THREADS * (seconds + _GRACE_SECONDS)) + 1
    for what, most in (
        (resource.RLIMIT_CPU, processor),
        # Not the address space, of which DuckDB and Arrow reserve gigabytes that they never use.
        (resource.RLIMIT_DATA, _PROCESS_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, allowed = resource.getrlimit(what)
        limit = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (limit, limit))


def _answer(question: dict[str, str | int]) -> pa.Buffer:
    """Run a query that passes the gate, for one row more than was asked for."""
    root, sql = DataRoot(Path(str(question["root"]))), str(question["sql"])
    with _connected(root, question.get("generation")) as connection:
        gate.check(sql, connection)
        answer, most = connection.sql(sql), int(question["rows"]) + 1
        try:
            return _stream(answer.project(plain(answer)).limit(most))
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if "Conversion Error" not in str(error):
                raise
        # The query's own, or a number that is wider than 64 bits: then this one answers.
        return _stream(answer.project(plain(answer, wide="varchar")).limit(most))


def _connected(
    root: DataRoot, generation: str | int | None
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The newest results of a data root, or those of a file."""
    if generation is None:
        return Warehouse(root, _LIMITS).connect()
    return open_generation(Path(str(generation)), _LIMITS)


def _stream(rows: duckdb.DuckDBPyRelation) -> pa.Buffer:
    """Write rows as Arrow writes streams.

    Raises
    ------
    QueryError
        If they are more than an answer may have.
    """
    sink, size = pa.BufferOutputStream(), 0
    reader = rows.to_arrow_reader(2048)
    with pa.ipc.new_stream(sink, reader.schema) as stream:
        for batch in reader:
            size += batch.nbytes
            if size > _ANSWER_BYTES:
                raise QueryError(
                    f"the answer has more than {_ANSWER_BYTES // 2**20} MB; "
                    "ask for fewer rows or columns, or for shorter texts"
                )
            stream.write_batch(batch)
    return sink.getvalue()


def _sentence(error: Exception) -> str:
    if isinstance(error, NoWarehouseError):
        return "no results are published yet; make some with `sing run STUDY`"
    if isinstance(error, NoGenerationError) or (isinstance(error, OSError) and error.errno):
        return "the published results cannot be opened; `sing rebuild` makes them again"
    if "Corrupt database file" in str(error):
        return "the published results are damaged; `sing rebuild` makes them again"
    # In the middle of an answer, Arrow passes it on as an error of reading.
    if isinstance(error, MemoryError) or "Out of Memory Error" in str(error):
        return _TOO_LARGE
    return str(error) if isinstance(error, QueryError) else gate.first_line(error)


if __name__ == "__main__":
    # Neither waits for threads nor tidies up: the operating system is faster.
    code = main()
    sys.stdout.flush()
    os._exit(code)
