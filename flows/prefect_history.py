"""Prefect's own history below the data root, and forgetting what is old in it.

No result depends on it. The database is opened with SQLite alone: Prefect takes
seconds to import, and its own clean-up needs a server that runs for days.
"""

import fcntl
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from warehouse.layout import DataRoot
from warehouse.ledger import Run, now

#: Prefect itself keeps events for a week (``server.events.retention_period``).
_KEPT = timedelta(days=7)

#: Where SQLite's connections hold their shared locks, at least one each while they are open on a
#: database with a write-ahead log (https://www.sqlite.org/fileformat2.html#the_lock_byte_page).
_SHARED_LOCKS = (0x40000002, 510)


class InUseError(RuntimeError):
    """A server has the database open."""


class UnknownFormError(RuntimeError):
    """Not a database of the Prefect that is known here."""


def forget(root: DataRoot, staying: Iterable[Run], *, dry: bool = False) -> int:
    """Remove flow runs that ended a week ago or longer; return how many bytes are free by it.

    Those stay that made a run that stays, and those that are scheduled.

    Parameters
    ----------
    dry
        Find out on a copy, and leave the database as it is.

    Raises
    ------
    InUseError
        If a server is running on it.
    UnknownFormError
        If its tables are not those that are known; it stays as it was.
    """
    database = root.path / "prefect" / "prefect.db"
    if not database.exists():
        return 0
    _require_free(database)
    before = _size(database)
    if not dry:
        _forget(database, staying)
        return before - _size(database)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        for file in _files(database):
            copyfile(file, copy.with_name(file.name))
        _forget(copy, staying)
        return before - _size(copy)


def _forget(database: Path, staying: Iterable[Run]) -> None:
    script = (files("flows") / "prefect_history.sql").read_text(encoding="utf-8")
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            # No server can open it from the first access on.
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("pragma foreign_keys = on")
            connection.execute("create temp table cutoff as select ? as at", [_text(now() - _KEPT)])
            connection.execute("create temp table staying (finished_at)")
            connection.executemany(
                "insert into staying values (?)",
                [[_text(run.finished_at)] for run in staying if run.finished_at],
            )
            connection.executescript(f"begin exclusive; {script} commit; vacuum;")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise InUseError(_in_use(database)) from error
        raise UnknownFormError(
            f"{database} is not as Prefect 3.8 makes it ({error}), so it stays as it is"
        ) from error


def _require_free(database: Path) -> None:
    start, length = _SHARED_LOCKS
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except BlockingIOError:
            raise InUseError(_in_use(database)) from None


def _in_use(database: Path) -> str:
    return (
        f"Prefect's history stays as it is: a server is running on {database}; stop it (and "
        "`sing serve`), and run the same command again"
    )


def _files(database: Path) -> list[Path]:
    """The database and what SQLite keeps beside it."""
    return [
        file
        for suffix in ("", "-wal", "-shm")
        if (file := database.with_name(database.name + suffix)).exists()
    ]


def _size(database: Path) -> int:
    return sum(file.stat().st_size for file in _files(database))


def _text(time: datetime) -> str:
    """Write a time as Prefect's tables have it."""
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")
