"""Pictures inside of files: tar archives, and Parquet as Hugging Face writes it; never unpacked.

A picture in a container has the container's path with its own name behind it:
``train-0001.tar/cat/12.jpg``, or of a row of Parquet its number,
``train.parquet/00000012``.
"""

import os
import tarfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from sing_core.files.contents import ENDINGS, ContainerError, Contents
from sing_core.files.tar_archive import TarArchive


@runtime_checkable
class _Container(Protocol):
    def contents(self) -> Contents: ...

    def read(self, name: str) -> bytes: ...


def is_container(path: Path) -> bool:
    """Whether pictures are looked for in a file, by its name."""
    return path.suffix.lower() in ENDINGS


def contents(path: Path) -> Contents:
    """List what lies in a container.

    Raises
    ------
    ContainerError
        If it cannot be read, or tells no classes.
    """
    return _open(path).contents()


def read(root: Path, path: str) -> bytes:
    """Return a picture's bytes: a file below ``root``, or what lies in a container there.

    Raises
    ------
    OSError
        If there is none, or it cannot be read.
    """
    try:
        return (root / path).read_bytes()
    except NotADirectoryError:
        for parent in (root / path).parents:
            if parent.is_file():
                return _open(parent).read((root / path).relative_to(parent).as_posix())
        raise


def _open(path: Path) -> _Container:
    about = path.stat()
    return _opened(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)  # what is held of one is an index, and a row group of Parquet
def _opened(path: Path, _mtime_ns: int, size: int) -> _Container:
    try:
        if path.suffix.lower() == ".tar":
            return TarArchive(path, size)
        from sing_core.files.picture_table import PictureTable  # Arrow takes a while

        return PictureTable(path)
    except (tarfile.TarError, ValueError) as error:  # Arrow's errors are ValueErrors
        raise ContainerError(f"{path} cannot be read: {error}") from error


def folder_of(root: Path | Sequence[Path]) -> Path:
    """The folder that paths of pictures are relative to: their own, or the containers'."""
    if isinstance(root, Path):
        return root.parent if is_container(root) and not root.is_dir() else root
    return Path(os.path.commonpath([path.parent for path in root]))
