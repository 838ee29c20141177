"""What no run needs any more: found by kind, and removed.

A run needs its record, its tables and the files that these name; so does every published
generation that is on disk. The rest can be made again, or is of a run that was given up.
"""

import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from warehouse.build import publish_without
from warehouse.digests import sha256
from warehouse.drafts import drafts
from warehouse.files import discard, fsync
from warehouse.generations import existing
from warehouse.layout import DataRoot
from warehouse.ledger import Run
from warehouse.upkeep.needed import Needed, config, needed

#: Heads and texts are files called so: a name, and a digest of what they were made of.
_KEYED = re.compile(r"(?P<name>.+)-[0-9a-f]{16}\.safetensors")

#: A thumbnail's name begins with the digest of its picture; the rest is up to who draws it.
_THUMBNAIL = re.compile(r"(?P<name>[0-9a-f]{64})\b.*")

#: A run is called by its study and a digest, with a number where the digest is not new.
_RUN = re.compile(r".+-[0-9a-f]{16}(-\d+)?")

_KEY = re.compile(r"[0-9a-f]{16}")
#: Networks as another engine takes them; made again where they lack.
_EXPORTED = re.compile(r"(?P<name>.+)-[0-9a-f]{16}\.onnx")

_SCAN = re.compile(r"(?P<name>[0-9a-f]{16})-\d+\.parquet")


class NoRunsError(RuntimeError):
    """A folder without any run: nothing says that it is a data root."""


@dataclass(frozen=True)
class Garbage:
    """What can go.

    Attributes
    ----------
    paths
        Files and whole folders, by kind.
    dropped
        The runs that go, whose records are in the ledger.
    staying
        The runs that stay.
    is_published
        Whether some that go must leave the published results first.
    """

    paths: dict[str, list[Path]]
    dropped: list[str]
    staying: list[Run]
    is_published: bool

    def sizes(self) -> dict[str, int]:
        """How many bytes are free without it, by kind."""
        return {kind: _size(paths) for kind, paths in self.paths.items()}


def find(root: DataRoot, keep: int | None = None) -> Garbage:
    """Find what no run needs if the newest ``keep`` finished runs of each study stay; all if None.

    Nothing is touched.

    Raises
    ------
    NoRunsError
        If no run is stored here.
    BadRecordError, NoGenerationError
        If it cannot be known what is needed.
    """
    need = needed(root, keep)
    if not need.runs:
        raise NoRunsError(
            f"no runs are stored in {root.path}, so nothing says that it is a data root; name "
            "another folder with --data"
        )
    drawn = list(_pictures(root, need))
    paths = {
        "generations": existing(root) if need.is_published else (),
        "runs": (root.runs / run_id for run_id in need.dropped),
        "translators": _translators(root, need),
        "features": _vectors(root.features, root, need, need.models),
        "embeddings": _vectors(root.embeddings, root, need, None),
        "heads": _keyed(root.heads, root, need, need.models),
        "texts": _keyed(root.texts, root, need, None),
        "networks": _exported(root, need),
        "pictures": drawn,
        "scans": _scans(root, need, drawn),
        "thumbnails": _thumbnails(root, need),
    }
    found = {kind: sorted(listed) for kind, listed in paths.items()}
    taken = {path for listed in found.values() for path in listed}
    left = [draft for draft in drafts(root.folders) if draft not in taken]
    found["drafts"] = [draft for draft in left if taken.union(left).isdisjoint(draft.parents)]
    return Garbage(found, need.dropped, need.runs, need.is_published)


def remove(root: DataRoot, garbage: Garbage) -> Path | None:
    """Remove it, and return the generation that was published without the dropped runs, if any.

    To be called by whoever holds the root's lock. The order is such that a killed
    process leaves a right root: the runs leave the published results first, then
    the ledger, and then go the files that nothing names any more.

    Raises
    ------
    CheckFailedError
        If a run that stays is not as it should be; nothing is removed then.
    """
    generation = None
    for draft in garbage.paths["drafts"]:
        discard(draft)
    if garbage.is_published:
        generation = publish_without(root, garbage.dropped)
    for kind, paths in garbage.paths.items():
        if kind not in ("generations", "drafts"):
            for path in paths:
                discard(path)
        if kind == "runs" and paths:
            fsync(root.runs)
    for path in (*garbage.paths["features"], *garbage.paths["embeddings"]):
        with suppress(OSError):  # others are in it
            path.parent.rmdir()
    return generation


def _translators(root: DataRoot, need: Needed) -> Iterator[Path]:
    staying = {run.run_id for run in need.runs} | _folders(need)
    for folder in _subfolders(root.translators, "*"):
        if _RUN.fullmatch(folder.name) and staying.isdisjoint((folder.name, root.relative(folder))):
            yield folder


def _vectors(folder: Path, root: DataRoot, need: Needed, spared: set[str] | None) -> Iterator[Path]:
    """Folders of shards of which none is needed; all of a spared model's are, or of any space's."""
    named = _folders(need)
    for key in _subfolders(folder, "*/*"):
        if (
            _KEY.fullmatch(key.name)
            and root.relative(key) not in named
            and not _is_spared(key.parent.name, spared, need)
        ):
            yield key


def _keyed(folder: Path, root: DataRoot, need: Needed, spared: set[str] | None) -> Iterator[Path]:
    for path in folder.glob("*"):
        match = _KEYED.fullmatch(path.name)
        if not match or root.relative(path) in need.files:
            continue
        if not _is_spared(match["name"], spared, need):
            yield path


def _exported(root: DataRoot, need: Needed) -> Iterator[Path]:
    """Exported networks of names that have no vectors which are needed."""
    names = need.models | {PurePosixPath(path).parent.name for path in _folders(need)}
    for path in () if need.is_unfinished else root.probes.glob("*"):
        if (match := _EXPORTED.fullmatch(path.name)) and match["name"] not in names:
            yield path


def _is_spared(name: str, models: set[str] | None, need: Needed) -> bool:
    """Whether an unfinished run may use this; which space one uses is not in its record."""
    return need.is_unfinished if models is None else name in models


def _pictures(root: DataRoot, need: Needed) -> Iterator[Path]:
    """Drawn scenes that are no run's pictures, by their content."""
    contents: dict[str, set[str]] = {}
    for path, content in need.pictures:
        contents.setdefault(path, set()).add(content)
    for run in need.runs:
        if run.status != "finished" and config(run)["images"].get("shapes"):
            return
    for folder in _subfolders(root.pictures, "shapes-*"):
        if not any(
            (folder / path).is_file() and sha256(folder / path) in known
            for path, known in contents.items()
        ):
            yield folder


def _scans(root: DataRoot, need: Needed, drawn: list[Path]) -> Iterator[Path]:
    folders = {str(folder) for folder in _subfolders(root.pictures, "shapes-*")}
    folders -= {str(folder) for folder in drawn}
    for study in map(config, need.runs):
        for images in (study["images"], study.get("out_of_distribution") or {}):
            given = images.get("root") or []
            for one in map(Path, [given] if isinstance(given, str) else given):
                folders |= {str(one), *map(str, one.parents)}  # of containers, their folder's
    places = {root.scan(folder, 0).name.partition("-")[0] for folder in folders}
    return _newest_of_each(root.scans.glob("*.parquet"), _SCAN, places)


def _thumbnails(root: DataRoot, need: Needed) -> Iterator[Path]:
    files = (path for path in root.thumbnails.rglob("*") if path.is_file())
    return _newest_of_each(files, _THUMBNAIL, {content for _, content in need.pictures})


def _newest_of_each(
    paths: Iterable[Path], pattern: re.Pattern[str], names: set[str]
) -> Iterator[Path]:
    """All but the newest file of each name that is needed: the others are in a former form."""
    named: dict[str, list[Path]] = {}
    for path in paths:
        if (match := pattern.fullmatch(path.name)) is None:
            continue  # somebody else's
        if match["name"] in names:
            named.setdefault(match["name"], []).append(path)
        else:
            yield path
    for same in named.values():
        yield from sorted(same, key=lambda path: (path.stat().st_mtime_ns, path.name))[:-1]


def _folders(need: Needed) -> set[str]:
    return {str(PurePosixPath(path).parent) for path in need.files}


def _subfolders(folder: Path, pattern: str) -> list[Path]:
    """Folders of ours: neither drafts nor links to somewhere else."""
    return [
        path
        for path in sorted(folder.glob(pattern))
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
    ]


def _size(paths: list[Path]) -> int:
    """Bytes that are free without these files and folders: a shard may have other names too."""
    names: Counter[tuple[int, int, int, int]] = Counter()
    for path in paths:
        for file in (path, *path.rglob("*")):
            with suppress(FileNotFoundError):  # a page's draft of a thumbnail has its name now
                about = file.lstat()
                if not stat.S_ISDIR(about.st_mode):
                    names[about.st_dev, about.st_ino, about.st_nlink, about.st_size] += 1
    return sum(size for (_, _, n_names, size), n in names.items() if n == n_names)
