"""Names of files that are being written: by which machine and process, and whether it still may.

Several machines may write below one folder. What another machine writes is
left alone until it is too old to be in progress; what a process of this one
wrote is abandoned once that process is gone.
"""

import os
import re
import secrets
import socket
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from warehouse.digests import text_digest

#: What an unfinished file's name ends in.
UNFINISHED = ".unfinished"

#: Names of drafts: with the machine, process and chance that write them; and those that earlier
#: versions gave, which ran one at a time.
_DRAFT = re.compile(
    r"\.(?:.+\.(?P<machine>[0-9a-f]{8})-(?P<pid>\d+)-(?P<chance>[0-9a-f]{8})"
    r"|.+\.\d+|gen-\d+\.duckdb|sing\.duckdb)\.unfinished(?:\.wal)?"
)

#: After so long, nobody is still writing it.
_OLD_S = 24 * 3600.0


def draft_of(path: Path) -> Path:
    """Where this process writes a file before it appears as ``path``."""
    pid = os.getpid()
    return path.with_name(f".{path.name}.{_machine()}-{pid}-{_chance(pid)}{UNFINISHED}")


def drafts(folders: Iterable[Path]) -> list[Path]:
    """List what killed processes left unfinished in folders of ours, by the names that we give."""
    return [
        path
        for folder in folders
        for path in folder.rglob(f".*{UNFINISHED}*")
        if (written := _DRAFT.fullmatch(path.name)) and _is_abandoned(path, written)
    ]


def _is_abandoned(path: Path, written: re.Match[str]) -> bool:
    if written["machine"] is None:
        return True
    if written["machine"] != _machine():
        try:
            return time.time() - path.lstat().st_mtime > _OLD_S
        except FileNotFoundError:  # it is whole now
            return False
    pid = int(written["pid"])
    if pid == os.getpid():
        return written["chance"] != _chance(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's
    return False


@lru_cache
def _chance(_pid: int) -> str:
    return secrets.token_hex(4)


@lru_cache
def _machine() -> str:
    """Stands for those who see the same process ids: containers of one host do not."""
    try:
        seen = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        seen = ""
    return text_digest(f"{socket.gethostname()} {seen}")[:8]
