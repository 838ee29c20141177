"""Digests of stored files, beside them: what is read again is what was written.

Each file is one line of ``SHA256SUMS``, so that ``sha256sum --check`` tells the
same. A line is there before its file is, so a file that lacks one was written
by an earlier version, which kept none.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.digests import sha256
from warehouse.files import DamagedFileError, compared, is_compared, whole, writing

NAME = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f]+)")


@contextmanager
def whole_and_noted(home: Path, path: Path) -> Iterator[Path]:
    """Write a file somewhere below ``home`` as ``whole`` does, and note its digest."""
    with whole(path) as draft:
        yield draft
        note(home, path, draft)


def note(home: Path, path: Path, content: Path) -> None:
    """Note the digest of what is about to appear as ``path``; on the disk before that is."""
    line = f"{sha256(content)}  {path.relative_to(home).as_posix()}\n"
    with writing(home / NAME), (home / NAME).open("a+b") as file:
        file.seek(0)
        # What a power cut left of a line would be taken for another name with this one behind it.
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def forget_missing(home: Path) -> None:
    """Keep the lines of files that are there: after damage, what is missing is made anew."""
    lines = [
        f"{digest}  {name}\n"
        for name, digests in noted(home).items()
        if (home / name).is_file()
        for digest in sorted(digests)
    ]
    with whole(home / NAME) as draft:
        draft.write_text("".join(lines))


def last_noted(home: Path) -> float:
    """When a digest was noted last, as the file system counts time; 0 if never."""
    try:
        return (home / NAME).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def noted(home: Path) -> dict[str, set[str]]:
    """Digests of the files below a folder by name; several where one was written anew.

    A killed process may have noted what it did not write: what was there before is then right.
    """
    found: dict[str, set[str]] = {}
    try:
        text = (home / NAME).read_text(errors="replace")
    except FileNotFoundError:
        return found
    for line in text[: text.rfind("\n") + 1].splitlines():
        if match := _LINE.fullmatch(line):
            found.setdefault(match[2], set()).add(match[1])
    return found


def problems(home: Path, since: float = 0.0) -> dict[Path, str]:
    """Say what is wrong with which of the files that were noted below a folder.

    Files that were not touched since a time, in seconds, are not read.
    """
    listed = noted(home).items()
    found = {home / name: _problem(home / name, known, since) for name, known in listed}
    return {path: what for path, what in sorted(found.items()) if what is not None}


def problem(home: Path, path: Path) -> str | None:
    """Say what is wrong with one file; None if it is what was written, or was never noted."""
    known = noted(home).get(path.relative_to(home).as_posix())
    return _problem(path, known) if known else None


def require(home: Path, path: Path, remedy: str) -> None:
    """Let pass a file that is what was written, or of which nothing is noted.

    Raises
    ------
    DamagedFileError
        If it is not, or is missing though it was written.
    """
    if (what := problem(home, path)) is not None:
        raise DamagedFileError(f"{path} {what}; {remedy}")


def _problem(path: Path, known: set[str], since: float = 0.0) -> str | None:
    if not path.is_file():
        return "is missing"
    if path.stat().st_mtime > since and not is_compared(path):
        if sha256(path) not in known:
            return "is not what was written"
        compared(path)
    return None
