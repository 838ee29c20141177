"""Stored tensors: taken as they are, or to be made again."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flows.terminal.progress import say
from warehouse.files import DamagedFileError

T = TypeVar("T")


def read_if_whole(path: Path, read: Callable[[Path], T]) -> T | None:
    """Read a file of tensors; None if there is none. A damaged one is said and removed."""
    if not path.exists():
        return None
    try:
        return read(path)
    except DamagedFileError as error:
        problem = str(error).split(";")[0]
    except OSError as error:
        problem = f"{path} cannot be read ({error.strerror})"
    say(f"{problem}; it is made again")
    path.unlink()
    return None
