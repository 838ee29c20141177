"""Where everything lies below the data root, and who may write there."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.digests import text_digest
from warehouse.remote import Place, Remote, is_remote, place_of
from warehouse.settings import load_settings

#: What DuckDB reads in a path as the start of an address's query, and as a slash.
_MISREAD = "?\\"


class LockedError(RuntimeError):
    """Another process is writing to this data root."""


class NoFolderError(ValueError):
    """A data root that is no folder, or cannot become one."""

    exit_code = 2


@dataclass(frozen=True)
class DataRoot:
    """The one directory that holds all that runs make.

    Attributes
    ----------
    shards
        Where features and embeddings lie instead: a folder or an address; here if None.
    bucket
        The address of an object store where results are published too.
    is_copy
        Whether it is only this machine's copy of what is published there.
    """

    path: Path
    shards: str | None = None
    bucket: str | None = None
    is_copy: bool = False

    @classmethod
    def choose(cls, given: Path | str | None) -> "DataRoot":
        """``given``, else ``$SING_DATA``, else ``./data``, as an absolute path.

        Of an address of published results, where this machine keeps a copy of them. What the
        user's settings say of storage holds for folders.
        """
        named = str(given or os.environ.get("SING_DATA") or "data")
        if is_remote(named):
            address = Remote.at(named).url
            home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
            copy = home / "sing" / text_digest(address)[:16]
            return cls(copy, bucket=address, is_copy=True)
        storage = load_settings().storage
        path = Path(named).expanduser().resolve()
        if odd := sorted(set(str(path)) & set(_MISREAD)):
            raise NoFolderError(
                f"the data root {str(path)!r} has {odd[0]!r} in its path, which DuckDB takes for "
                "something else than a name; name a folder without, see --data"
            )
        if path.exists() and not path.is_dir():
            raise NoFolderError(f"the data root {path} is a file; need a folder, see --data")
        if storage.published is not None:
            Remote.at(storage.published)  # a wrong one is told now
        if storage.shards is not None:
            place_of(storage.shards)
        return cls(path, storage.shards, storage.published)

    def __str__(self) -> str:
        return str(self.bucket if self.is_copy else self.path)

    @property
    def scans(self) -> Path:
        """What is known of the files of image folders, so that they are not read again."""
        return self.path / "scans"

    def scan(self, folder: Path | str, version: int | str) -> Path:
        """What is known of one folder's files, in the form of a version."""
        return self.scans / f"{text_digest(str(folder))[:16]}-{version}.parquet"

    @property
    def pictures(self) -> Path:
        """Pictures that were drawn: a folder a made world, then one a class."""
        return self.path / "pictures"

    @property
    def thumbnails(self) -> Path:
        """Small copies of pictures, by the digest of the picture's content."""
        return self.path / "thumbnails"

    @property
    def features(self) -> Path:
        """Penultimate features: a folder a model, then one a key."""
        return self.path / "features"

    @property
    def embeddings(self) -> Path:
        """Image features of the vision-language space: a folder a space, then one a key."""
        return self.path / "embeddings"

    @property
    def heads(self) -> Path:
        """Classifier heads, each with what was found about it in its metadata."""
        return self.path / "heads"

    @property
    def texts(self) -> Path:
        """Text embeddings."""
        return self.path / "texts"

    @property
    def probes(self) -> Path:
        """What was measured of networks on this machine: a small file a network and question."""
        return self.path / "probes"

    @property
    def runs(self) -> Path:
        """The record of every run: ``run.json`` and a Parquet file a table and model."""
        return self.path / "runs"

    @property
    def published(self) -> Path:
        """Published generations of the results database."""
        return self.path / "published"

    @property
    def translators(self) -> Path:
        """Translators: a folder a run, and in it a file a model."""
        return self.path / "translators"

    @property
    def folders(self) -> tuple[Path, ...]:
        """All folders that are ours; what else lies below the root is somebody else's."""
        return (
            self.scans, self.pictures, self.thumbnails, self.features, self.embeddings, self.heads,
            self.texts, self.probes, self.runs, self.published, self.translators,
        )  # fmt: skip

    def translator(self, run_id: str, model: str) -> Path:
        """A run's translator of one model."""
        return self.translators / run_id / f"{model}.safetensors"

    def mean_feature(self, run_id: str, model: str) -> Path:
        """The mean of all features of one model in a run, in float64."""
        return self.runs / run_id / "means" / f"{model}.npy"

    def table(self, run_id: str, table: str, part: str = "all") -> Path:
        """A run's stored rows of one table, or of one model's part of it."""
        return self.runs / run_id / "tables" / table / f"{part}.parquet"

    def vectors(self, kind: str) -> Place:
        """Where shards of ``features`` or ``embeddings`` are: a folder a model or space."""
        return (self.path if self.shards is None else place_of(self.shards)) / kind

    def relative(self, place: Place) -> str:
        """Return a path below the root, as stored in ``artifacts``; of what lies elsewhere, all."""
        if isinstance(place, Path) and place.is_relative_to(self.path):
            return place.relative_to(self.path).as_posix()
        return str(place)

    def place(self, named: str) -> Place:
        """What such a path names."""
        return place_of(named) if is_remote(named) else self.path / named

    def make(self) -> None:
        """Make the folder where it is not there.

        Raises
        ------
        NoFolderError
            If it cannot be made.
        """
        if self.is_copy:
            raise NoFolderError(
                f"{self.bucket} holds published results, which are only read; name a folder with "
                "--data, and that address as storage.published in the settings to publish there"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NoFolderError(
                f"the data root {self.path} is not there and cannot be made ({error.strerror}); "
                "name a folder that you may write to, see --data"
            ) from error

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Hold the root's lock: one writer at a time, released even by ``kill -9``.

        Raises
        ------
        LockedError
            If another process holds it, saying which and since when.
        """
        self.make()
        with (self.path / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockedError(
                    f"{self.path} is being written by {_holder(self.path / 'lock')}; wait for it "
                    "to finish, or choose another folder with --data"
                ) from None
            file.truncate(0)
            json.dump(
                {
                    "purpose": purpose,
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                },
                file,
            )
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        return (
            f"{holder['purpose']!r} (process {holder['pid']} on {holder['host']}, "
            f"since {holder['since']})"
        )
    except (ValueError, TypeError, KeyError):  # it is just writing its name, or it is not of ours
        return "another process"
