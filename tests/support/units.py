"""Units of work that a test's cluster carries out."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Unit:
    n: int


class OddError(ValueError):
    exit_code = 2


def double(factor, units):
    for unit in units:
        yield unit.n, factor * unit.n


def slow(folder, units):
    """Leave a file a time that a unit is begun."""
    for unit in units:
        (Path(folder) / f"{unit.n}-{os.getpid()}-{time.monotonic_ns()}").touch()
        time.sleep(0.2)
        yield unit.n


def crash(factor, units):
    for unit in units:
        if unit.n == 3:
            os.kill(os.getpid(), 9)
        yield unit.n, factor * unit.n


def wrong(_factor, units):
    for unit in units:
        if unit.n == 3:
            raise OddError("three is odd")
        yield unit.n


def stumble(folder, units):
    """Fail by a disk the first two times."""
    for unit in units:
        tried = Path(folder) / f"tried-{unit.n}"
        n = int(tried.read_text()) if tried.exists() else 0
        tried.write_text(str(n + 1))
        if n < 2:
            raise OSError(5, "Input/output error")
        yield unit.n


def where():
    return os.getpid()


def nap(seconds, units):
    for unit in units:
        time.sleep(seconds)
        yield unit.n


def full(_nothing, units):
    """Fail as a full disk does."""
    for _ in units:
        raise OSError(28, "No space left on device")
    yield


def full_on_one(folder, units):
    """Fail as a full disk does on the first worker that comes here; give the others' names."""
    for unit in units:
        try:
            with (Path(folder) / "full").open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            pass
        if (Path(folder) / "full").read_text() in ("", str(os.getpid())):
            raise OSError(28, "No space left on device")
        time.sleep(0.02)
        yield unit.n, os.getpid()
