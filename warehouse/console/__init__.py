"""A read-only SQL console: one visitor's query, answered in a process of its own.

Whatever the query does to that process (takes its memory, its time, its life), the page that
asked goes on. The process sees no environment, and may read one file: the published results.
Here it is asked; it answers in ``__main__``.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from warehouse.generations import current
from warehouse.layout import DataRoot
from warehouse.read import QueryError, Warehouse


@dataclass(frozen=True)
class Answer:
    """What a query returned."""

    #: At most the rows asked for, in types that every output format can hold.
    table: pa.Table
    #: Whether there were more rows.
    more: bool
    #: How long it took, with the start of its process.
    seconds: float


def ask(root: DataRoot, sql: str, *, rows: int = 10_000, seconds: float = 20.0) -> Answer:
    """Answer a query to the newest published generation.

    Raises
    ------
    QueryError
        If it is not valid, not allowed, too slow or too large: a sentence for whoever typed it.
    """
    started = time.monotonic()
    question = {"root": str(root.path.resolve()), "sql": sql, "rows": rows, "seconds": seconds}
    if root.is_copy:  # who answers has no credentials
        with Warehouse(root).connect():
            question["generation"] = str(current(root))
    here = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        # -P: a file in the working folder is not taken for a module.
        [sys.executable, "-P", "-m", "warehouse.console"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        # The code that asks is the code that answers. NumPy's pool of threads has nothing to do.
        env={"PYTHONPATH": str(here), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
    ) as process:
        try:
            said, _ = process.communicate(json.dumps(question).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            raise QueryError(
                f"the query was stopped after {seconds:g} seconds; ask for less, or filter "
                "before joining"
            ) from None
        finally:
            process.kill()
    if process.returncode == 0:
        table = pa.ipc.open_stream(said).read_all()
        return Answer(table[:rows], table.num_rows > rows, time.monotonic() - started)
    raise QueryError(_problem(said))


def _problem(said: bytes) -> str:
    try:
        return str(json.loads(said)["error"])
    except (ValueError, KeyError):  # it died, most likely of its limits
        return "the query was too much for the database, which gave up; make it smaller or simpler"
