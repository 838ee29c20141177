"""What a disk may hold after the power was cut: the least that was promised, and some of the rest.

A file holds what it held when it was flushed last. A name is there if its folder
was flushed after it was given, and may be there if not; names come in the order in
which they were given. A list of digests, which is flushed line by line, may have a
part of the next one.
"""

import random
import shutil
from pathlib import Path

from warehouse.stored import sums


class Disk:
    """A data root as the disk has it, while a log of operations is played."""

    def __init__(self, before: Path, place: Path, where: Path) -> None:
        #: The root that is laid out, and the one that the log speaks of.
        self.place, self.where = place, where
        if before.exists():
            shutil.copytree(before, place, symlinks=True)
        place.mkdir(exist_ok=True)
        self.held: dict[str, Path] = {}
        self.waiting: list[list[str]] = []

    def hold(self, path: str, content: Path) -> None:
        """Keep what was flushed of a file; a list of digests is written in its place."""
        if Path(path).name == sums.NAME:
            self.at(path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(content, self.at(path))
        else:
            self.held[path] = content

    def flush_folder(self, folder: str) -> None:
        """Make the names that were given in a folder last."""
        ready = [change for change in self.waiting if str(Path(change[-1]).parent) == folder]
        self.waiting = [change for change in self.waiting if change not in ready]
        for change in ready:
            self.make(change)

    def make(self, change: list[str]) -> None:
        """Carry out a change of names; a file that was never flushed is empty."""
        kind, *paths = change
        target = self.at(paths[-1])
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "unlink":
            target.unlink(missing_ok=True)
            return
        source, link = self.held.pop(paths[0], None), Path(paths[1])
        target.unlink(missing_ok=True)
        if source is not None:
            shutil.copyfile(source, target)
            self.held[paths[1]] = source
        elif link.is_symlink():
            target.symlink_to(link.readlink())
        elif not link.is_dir():
            target.write_bytes(b"")

    def at(self, path: str) -> Path:
        """Where a path of the log lies here."""
        return self.place / Path(path).relative_to(self.where)


def cut(before: Path, after: Path, log: Path, place: Path, rng: random.Random) -> str:
    """Lay out a data root as a cut at a random moment may leave it.

    Parameters
    ----------
    before, after
        The data root as it was when the command began, and as it was when it ended.
    log
        What :class:`tests.torture.harms.Recorder` kept.
    place
        Where the root is laid out.
    """
    lines = [line.split("\t") for line in (log / "log").read_text().splitlines()]
    n = rng.randrange(len(lines) + 1)
    disk = Disk(before, place, after)
    for number, kind, *paths in lines[:n]:
        if kind == "file":
            disk.hold(paths[0], log / number)
        elif kind == "folder":
            disk.flush_folder(paths[0])
        else:
            disk.waiting.append([kind, *paths])
    for change in disk.waiting[: rng.randrange(len(disk.waiting) + 1)]:
        disk.make(change)
    for path in place.rglob(sums.NAME):
        there = path.read_bytes()
        more = (after / path.relative_to(place)).read_bytes()[len(there) :].partition(b"\n")[0]
        path.write_bytes(there + more[: rng.randrange(len(more) + 1)])
    return f"power cut after {n} of {len(lines)} operations"
