"""Pictures inside of files: tar archives, and Parquet as Hugging Face writes it; never unpacked.

A picture in a container has the container's path with its own name behind it:
``train-0001.tar/cat/12.jpg``, or of a row of Parquet its number,
``train.parquet/00000012``.
"""

import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

from sing_core.files.contents import ENDINGS, ContainerError, Contents
from sing_core.files.images import RejectedImageError
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
    with _told(path):
        return _open(path).contents()


def container_of(root: Path, path: str) -> Path | None:
    """The container that a picture lies in; None of one that is a file of its own."""
    parts = PurePosixPath(path).parts
    for n, part in enumerate(parts[:-1], start=1):
        if part.lower().endswith(ENDINGS) and (root.joinpath(*parts[:n])).is_file():
            return root.joinpath(*parts[:n])
    return None


def read(root: Path, path: str) -> bytes:
    """Return a picture's bytes: a file below ``root``, or what lies in a container there.

    Raises
    ------
    OSError
        If there is none, or it cannot be read.
    ContainerError, RejectedImageError
        If its container is damaged, or holds no picture there.
    """
    container = container_of(root, path)
    if container is None:
        return (root / path).read_bytes()
    with _told(container):
        return _open(container).read(
            str(PurePosixPath(path).relative_to(container.relative_to(root)))
        )


@contextmanager
def _told(container: Path) -> Iterator[None]:
    """Have what libraries say of a container name it."""
    try:
        yield
    except (ContainerError, RejectedImageError, FileNotFoundError):
        raise
    except (tarfile.TarError, ValueError, KeyError, OSError) as error:  # Arrow's are of these
        words = " ".join(str(error).split())[:200]
        raise ContainerError(f"{container} cannot be read: {words}") from error


def _open(path: Path) -> _Container:
    about = path.stat()
    return _opened(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)  # what is held of one is an index, and a row group of Parquet
def _opened(path: Path, _mtime_ns: int, size: int) -> _Container:
    if path.suffix.lower() == ".tar":
        return TarArchive(path, size)
    from sing_core.files.picture_table import PictureTable  # Arrow takes a while

    return PictureTable(path)


def folder_of(root: Path | Sequence[Path]) -> Path:
    """The folder that paths of pictures are relative to: their own, or the containers'."""
    if isinstance(root, Path):
        return root.parent if is_container(root) and not root.is_dir() else root
    return Path(os.path.commonpath([path.parent for path in root]))
