"""Files that are there whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.drafts import draft_of, drafts

#: What a disk says that is full, failing or not to be written to, whatever library passes it on.
_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS)

#: What a file system says that knows no second name of a file.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)

#: Files that this process compared with their digest, and how they lay then.
_compared: dict[Path, tuple[int, int, int]] = {}

#: What to do about a stored file that is not as it should be.
MADE_ANEW = "`sing run STUDY --verify` of the study that made it makes it anew"


class DamagedFileError(RuntimeError):
    """A stored file that is not as it was written, or is gone."""


def is_compared(path: Path) -> bool:
    """Whether a file lies as it did when it was found to be what was written."""
    return _compared.get(path) == _lies(path)


def compared(path: Path) -> None:
    """Remember that a file is what was written: once a process is enough."""
    _compared[path] = _lies(path)


def _lies(path: Path) -> tuple[int, int, int]:
    about = path.stat()
    return about.st_ino, about.st_size, about.st_mtime_ns


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Have what a disk refuses name the file that was to be written, whoever wrote it.

    Raises
    ------
    OSError
        With number, words and file name.
    """
    try:
        yield
    except Exception as error:
        told = str(error)
        for number in _OF_DISKS:
            if getattr(error, "errno", None) == number or os.strerror(number) in told:
                raise OSError(number, os.strerror(number), str(path)) from error
        raise


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Write a file completely, or leave what was there.

    Yields a path beside the target to write to. On success it is flushed to
    disk and renamed; on an error it is removed. A killed process leaves at most
    a file whose name ends in ``.unfinished``, which nothing reads.
    """
    draft = draft_of(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            fsync(draft)
            draft.replace(path)
            fsync(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def create(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet, completely; False if it is there, and stays as it is.

    Of several processes or machines that write it at once, the first wins.
    """
    draft = draft_of(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            fsync(draft)
            is_new = _appear(draft, path)
            fsync(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    return is_new


def _appear(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            return False
        draft.replace(path)
    return True


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Fill a new folder completely, or leave nothing.

    Yields a folder beside the target to fill. On success it is renamed; on an
    error it is removed.
    """
    draft = draft_of(path)
    with writing(path):
        draft.mkdir(parents=True)
        try:
            yield draft
            draft.replace(path)
            fsync(path.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def fsync(path: Path) -> None:
    """Have the disk hold what was written to a file, or a folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folders: Iterable[Path]) -> None:
    """Remove what killed processes left unfinished in folders of ours."""
    for draft in drafts(folders):
        if draft.is_dir() and not draft.is_symlink():
            shutil.rmtree(draft)
        else:
            draft.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove a file, or a folder in one step: a killed process leaves it whole, or as a draft.

    Half a folder would be taken for the whole one.
    """
    if path.is_dir() and not path.is_symlink():
        draft = draft_of(path)
        path.replace(draft)
        fsync(path.parent)
        shutil.rmtree(draft)
    else:
        path.unlink(missing_ok=True)
