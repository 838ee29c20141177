"""Published generations: immutable database files, of which a pointer names the newest."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.bucket import copy_of
from warehouse.drafts import draft_of
from warehouse.files import DamagedFileError, writing
from warehouse.layout import DataRoot
from warehouse.stored import sums

_MEND = "`sing rebuild` makes the results again from the stored Parquet"

_NAME = re.compile(r"gen-[1-9]\d*\.duckdb")

#: How DuckDB names the process that has a file open for writing.
_HOLDER = re.compile(r"Conflicting lock is held in (.+? \(PID \d+\))")


class NoGenerationError(RuntimeError):
    """The published generation is not where the pointer says, or cannot be opened."""


class LockedGenerationError(NoGenerationError):
    """Another program has the published generation open for writing."""


def current(root: DataRoot) -> Path | None:
    """Return the published generation's file; None before the first.

    Raises
    ------
    NoGenerationError
        If the pointer is lost, names no generation, or one that is older than the link says.
    StoreError, DamagedFileError
        If it lies in an object store that does not give it.
    """
    if root.is_copy:
        return copy_of(root)
    pointer = root.published / "CURRENT"
    try:
        name = pointer.read_text(errors="replace").strip()
    except FileNotFoundError:
        if not existing(root):
            return None
        raise NoGenerationError(
            f"{pointer} is missing, though results are there; {_MEND}"
        ) from None
    except OSError as error:
        raise NoGenerationError(f"{pointer} cannot be read ({error.strerror}); {_MEND}") from error
    if not _NAME.fullmatch(name):
        raise NoGenerationError(f"{pointer} names {name!r}, which is no generation; {_MEND}")
    newest, linked = root.published / name, _linked(root)
    # The pointer moves first. A link to a newer one, which is there, shows that it was damaged.
    if linked is not None and linked.exists() and number_of(linked) > number_of(newest):
        raise NoGenerationError(
            f"{pointer} names {name}, but {root.path / 'sing.duckdb'} is {linked.name}; {_MEND}"
        )
    return newest


def existing(root: DataRoot) -> list[Path]:
    """All generations that are there, the newest first."""
    found = [path for path in root.published.glob("gen-*.duckdb") if _NAME.fullmatch(path.name)]
    return sorted(found, key=number_of, reverse=True)


def next_one(root: DataRoot) -> Path:
    """The file of a new generation, above all that are there.

    A killed process may have left one that nobody was pointed to.
    """
    number = 1 + max(map(number_of, existing(root)), default=0)
    return root.published / f"gen-{number}.duckdb"


def open_generation(
    generation: Path, limits: schema.Config | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a generation for reading, in the sandbox, with further limits if there are any.

    Raises
    ------
    NoGenerationError
        If it is missing or damaged, or another program has it open for writing.
    """
    try:
        config = {**schema.SANDBOX, **(limits or {})}
        return duckdb.connect(str(generation), read_only=True, config=config)
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise _not_open(generation, error) from error


def _not_open(generation: Path, error: Exception) -> NoGenerationError:
    if holder := _HOLDER.search(str(error)):
        return LockedGenerationError(
            f"{generation} is open for writing in another program ({holder[1]}); close it there, "
            "or open it read-only there: results are read from it while it is published"
        )
    problem = "cannot be opened" if generation.exists() else "is missing"
    return NoGenerationError(f"{generation} {problem}; {_MEND}")


def require_whole(error: duckdb.Error, generation: Path | None) -> None:
    """Let pass what a question is answered with, but for what is damaged in the file.

    Raises
    ------
    NoGenerationError
        If that is why there is no answer.
    """
    if str(error).startswith("Corrupt database file"):
        raise NoGenerationError(f"{generation} is damaged; {_MEND}") from error


def published_runs(root: DataRoot, study: str | None = None) -> list[str]:
    """Ids of the finished runs in the published generation, in the order in which they finished.

    Of one study, or of all.
    """
    generation = current(root)
    if generation is None:
        return []
    with reading(generation) as connection:
        serial = "serial, " if _has_serials(connection) else ""
        return [
            run_id
            for (run_id,) in connection.execute(
                "select run_id from runs where status = 'finished' and study = coalesce(?, study) "
                f"order by {serial} finished_at, run_id",
                [study],
            ).fetchall()
        ]


def last_serial(root: DataRoot, but: str) -> int:
    """The highest serial number of the published runs, but for that of one; 0 if there is none."""
    generation = current(root)
    if generation is None:
        return 0
    with reading(generation) as connection:
        if not _has_serials(connection):
            return 0
        query = "select coalesce(max(serial), 0) from runs where run_id <> ?"
        return int(connection.execute(query, [but]).fetchall()[0][0])


def _has_serials(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether runs are numbered: what an earlier version published has no serial numbers."""
    column = "from duckdb_columns() where table_name = 'runs' and column_name = 'serial'"
    return bool(connection.execute(column).fetchall())


@contextmanager
def reading(generation: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a generation for a writer, who must not be kept out: a copy if another program has it.

    Raises
    ------
    NoGenerationError
        If it is missing or damaged.
    """
    try:
        connection = open_generation(generation)
    except LockedGenerationError:
        copy = draft_of(generation)
        try:
            with writing(copy):
                shutil.copyfile(generation, copy)
            with open_generation(copy) as connection:
                yield connection
        finally:
            copy.unlink(missing_ok=True)
        return
    with connection:
        yield connection


def is_whole(generation: Path, *, thorough: bool = True) -> bool:
    """Whether a generation is what was published, as far as its digest was noted, and opens.

    If not thorough, it is only read if it was touched since a digest was noted last.
    """
    try:
        noted_at = 0.0 if thorough else sums.last_noted(generation.parent)
        if generation.stat().st_mtime > noted_at:
            sums.require(generation.parent, generation, _MEND)
        with reading(generation):
            return True
    except (DamagedFileError, NoGenerationError, OSError):
        return False


def number_of(generation: Path) -> int:
    """Return a generation's number."""
    return int(generation.stem.removeprefix("gen-"))


def _linked(root: DataRoot) -> Path | None:
    try:
        name = (root.path / "sing.duckdb").readlink().name
    except OSError:
        return None
    return root.published / name if _NAME.fullmatch(name) else None
