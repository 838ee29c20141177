"""What is done to a command in its own process: operations that fail, full disks, other clocks."""

import errno
import io
import os
import resource
import shutil
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

#: Operations on files below the data root that can be made to fail, by where they are looked up.
_OPERATIONS = (
    (os, "fsync"), (os, "replace"), (os, "rename"), (os, "link"), (os, "unlink"), (os, "mkdir"),
    (os, "symlink"), (os, "chmod"), (io, "open"), (shutil, "copyfile"),
)  # fmt: skip


@dataclass(frozen=True)
class FailingOperation:
    """The k-th operation below a folder fails once; how many there were is written at the end."""

    folder: str
    k: int
    number: int = errno.ENOSPC
    counted: str | None = None

    def __call__(self) -> None:
        done = [0]
        for module, name in _OPERATIONS:
            setattr(module, name, self._spoiled(getattr(module, name), done))

    def _spoiled(self, real: Any, done: list[int]) -> Any:
        def spoiled(first: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_below(first):
                return real(first, *args, **kwargs)
            done[0] += 1
            if self.counted is not None:
                with open(self.counted, "w") as file:  # noqa: PTH123 (not through what is spoiled)
                    file.write(str(done[0]))
            if done[0] == self.k:
                raise OSError(self.number, os.strerror(self.number), str(first))
            return real(first, *args, **kwargs)

        return spoiled

    def _is_below(self, first: Any) -> bool:
        try:
            path = (
                str(Path(f"/proc/self/fd/{first}").readlink())
                if isinstance(first, int)
                else str(first)
            )
        except OSError:
            return False
        return path.startswith(self.folder) and not path.endswith("/lock")


@dataclass(frozen=True)
class SmallFiles:
    """No file may be larger than so many bytes."""

    size: int

    def __call__(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))


@dataclass(frozen=True)
class OtherClock:
    """The clock is so many days off."""

    days: int

    def __call__(self) -> None:
        from warehouse import ledger

        real = ledger.now
        ledger.now = lambda: real() + timedelta(days=self.days)


@dataclass(frozen=True)
class Recorder:
    """Keeps, beside the world, what a disk is sure to hold after each operation (power_cut.py)."""

    folder: str
    log: str

    def __call__(self) -> None:
        Path(self.log).mkdir()
        n = [0]

        def note(kind: str, *paths: str) -> str:
            n[0] += 1
            with open(f"{self.log}/log", "a") as file:  # noqa: PTH123 (before it is replaced)
                file.write("\t".join([str(n[0]), kind, *paths]) + "\n")
            return f"{self.log}/{n[0]}"

        fsync, replace, unlink = os.fsync, os.replace, os.unlink

        def synced(handle: int) -> None:
            fsync(handle)
            path = str(Path(f"/proc/self/fd/{handle}").readlink())
            if path.startswith(self.folder):
                if Path(path).is_dir():
                    note("folder", path)
                else:
                    shutil.copyfile(path, note("file", path))

        def replaced(source: Any, target: Any, **kwargs: Any) -> None:
            replace(source, target, **kwargs)
            if str(target).startswith(self.folder):
                note("replace", str(source), str(target))

        def unlinked(path: Any, **kwargs: Any) -> None:
            unlink(path, **kwargs)
            if str(path).startswith(self.folder):
                note("unlink", str(path))

        os.fsync, os.replace, os.unlink = synced, replaced, unlinked
