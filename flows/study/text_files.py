"""Text files that people write: read whole, so none may be without an end."""

import stat
from pathlib import Path

#: A million phrases take a third of this.
MOST_BYTES = 64 * 2**20


class BadTextFileError(ValueError):
    """A file that is no text file of a size that people write."""

    exit_code = 2


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Read a UTF-8 text file, with or without a byte order mark.

    Raises
    ------
    BadTextFileError
        If it is a pipe or a device, larger than ``most_bytes``, or not UTF-8; the
        sentence goes on from the file's name.
    OSError
        If it cannot be read.
    """
    # Before it is opened: a pipe that nobody writes to would keep waiting whoever opens it.
    if not stat.S_ISREG(path.stat().st_mode):
        kind = "a folder" if path.is_dir() else "a pipe or a device"
        raise BadTextFileError(f"is {kind}; need a text file")
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise BadTextFileError(
            f"is larger than {most_bytes / 2**20:g} MiB; need a text file that somebody wrote"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTextFileError(f"is not UTF-8 text: {error.reason}") from error
