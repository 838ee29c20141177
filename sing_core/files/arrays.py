"""Arrays of somebody else's network: which they are, and how their rows come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: File name ends of arrays that can be read (``array_formats.py`` does).
SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")


class BadArrayError(ValueError):
    """An array file that cannot be used; its text says why."""

    exit_code = 2


@dataclass(frozen=True)
class ArrayFile:
    """Where an array is: a file, and its name in there where the file holds several.

    In a Parquet file the name is a column's, ``feature`` by default, and every
    row has an ``id`` beside it.
    """

    path: Path
    name: str | None = None

    @property
    def has_ids(self) -> bool:
        """Whether rows say which item they belong to; else it is their order."""
        return self.path.suffix == ".parquet"

    def __str__(self) -> str:
        return f"{self.path}:{self.name}" if self.name else str(self.path)


@dataclass(frozen=True)
class Rows:
    """An opened array of ``n`` rows; nothing of it is in memory but the ids.

    Attributes
    ----------
    ids
        Which item each row belongs to; None where the file does not say.
    blocks
        Gives all rows in order, some at a time (rows × width), in the file's
        own precision.
    """

    n: int
    width: int
    ids: list[str] | None
    blocks: Callable[[], Iterator[np.ndarray]]

    def all(self) -> np.ndarray:
        """Every row at once, float64."""
        return np.concatenate([np.empty((0, self.width)), *self.blocks()])


def parse(text: str) -> tuple[str, str | None]:
    """Split ``file.npz:name`` into the file and the array's name, if one is given."""
    path, colon, name = text.rpartition(":")
    if colon and Path(path).suffix in SUFFIXES:
        return path, name
    return text, None
