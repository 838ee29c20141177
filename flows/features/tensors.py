"""Stored tensors: whether a file of them can be taken as it is, or must be made again."""

from collections.abc import Callable
from pathlib import Path

from flows.terminal.progress import say
from warehouse.files import DamagedFileError


def readable(path: Path, read: Callable[[Path], object]) -> bool:
    """Whether a file of tensors is there and whole; a damaged one is said and removed."""
    if not path.exists():
        return False
    try:
        read(path)
    except (DamagedFileError, OSError) as error:
        say(f"{path} is damaged ({str(error).split(';')[0]}); it is made again")
        path.unlink()
        return False
    return True
