"""Files in an object store (S3, Google Cloud Storage, Azure), used as paths are.

Nothing is changed in place: a file is created, by whoever comes first, and read
whole. Credentials come from the environment alone, and no message repeats what
a store says, for that may name them.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from warehouse.digests import sha256
from warehouse.drafts import draft_of
from warehouse.files import fsync
from warehouse.object_store import BadAddressError, StoreError, library, opened, telling

#: Addresses that lead to an object store.
SCHEMES = ("s3", "gs", "az")

__all__ = [
    "BadAddressError", "Place", "Remote", "StoreError", "is_remote", "place_of", "sha256_of",
]  # fmt: skip

#: Bytes that are asked for at once.
_CHUNK = 2**24


@dataclass(frozen=True, order=True)
class Remote:
    """A file or a folder in an object store.

    Attributes
    ----------
    url
        As ``s3://bucket/folder/file``, without a slash at its end.
    """

    url: str

    @classmethod
    def at(cls, address: str) -> "Remote":
        """What an address names.

        Raises
        ------
        BadAddressError
            If it names no bucket of a kind that is known, or holds a password.
        """
        parts = urlsplit(address)
        if parts.scheme not in SCHEMES or not parts.netloc or parts.query or parts.fragment:
            known = ", ".join(f"{scheme}://BUCKET/FOLDER" for scheme in SCHEMES)
            raise BadAddressError(f"{_shown(address)} is no address of a bucket; need {known}")
        if "@" in parts.netloc:
            raise BadAddressError(
                f"{_shown(address)} holds a name or password; give it without, and the credentials "
                "in the environment"
            )
        return cls(address.rstrip("/"))

    def __truediv__(self, name: str) -> "Remote":
        return Remote(f"{self.url}/{name}")

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self.url).name

    @property
    def parent(self) -> "Remote":
        """The folder that it is in."""
        return Remote(self.url.rpartition("/")[0])

    def exists(self) -> bool:
        """Whether the file is there."""
        try:
            with telling(self, "look for"):
                library().head(self._store, self._key)
        except FileNotFoundError:
            return False
        return True

    def about_files(self) -> dict[str, tuple[int, int]]:
        """Size and time of change, in nanoseconds, of each file of the folder, by its address."""
        with telling(self, "list"):
            found = library().list_with_delimiter(self._store, f"{self._key}/")["objects"]
        return {
            (self / PurePosixPath(one["path"]).name).url: (
                one["size"],
                int(one["last_modified"].timestamp() * 1e9),
            )
            for one in found
        }

    def files(self, ending: str = "") -> list["Remote"]:
        """The files of the folder whose names end so, in order; not those of folders in it."""
        return sorted(Remote(url) for url in self.about_files() if url.endswith(ending))

    def read_bytes(self) -> bytes:
        """All of the file.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        StoreError
            If the store does not give it.
        """
        return self.read_with_version()[0]

    def read_with_version(self) -> tuple[bytes, Any]:
        """All of the file, and what :meth:`replace` needs to know which one that was."""
        with telling(self, "read"):
            found = library().get(self._store, self._key)
            content = found.bytes().to_bytes()
            about = found.meta
        known = {name: about.get(name) for name in ("e_tag", "version")}
        return content, {name: said for name, said in known.items() if said is not None}

    def open(self) -> io.RawIOBase:
        """Open it to read parts of it, each of which is asked for when it is read."""
        with telling(self, "read"):
            return _Parts(self, library().head(self._store, self._key)["size"])

    def part(self, start: int, end: int) -> bytes:
        """Bytes from ``start`` up to ``end``."""
        with telling(self, "read"):
            found = library().get_range(self._store, self._key, start=start, end=end)
            return bytes(found.to_bytes())

    def create(self, content: bytes) -> bool:
        """Write a file that is not there yet; False if it is there, and stays as it is."""
        obstore = library()
        with telling(self, "write"):
            try:
                obstore.put(self._store, self._key, content, mode="create", use_multipart=False)
            except obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def replace(self, content: bytes, version: Any) -> bool:
        """Write a file in place of the one of a version; False if it is another one by now."""
        obstore = library()
        with telling(self, "write"):
            try:
                obstore.put(self._store, self._key, content, mode=version, use_multipart=False)
            except (obstore.exceptions.PreconditionError, obstore.exceptions.NotFoundError):
                return False
        return True

    def upload(self, file: Path) -> None:
        """Write what is in a file on disk, of any size."""
        with telling(self, "write"):
            library().put(self._store, self._key, file)

    def download(self, file: Path) -> None:
        """Have it on disk, whole or not at all."""
        obstore = library()
        draft = draft_of(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as copy:
                with telling(self, "read"):
                    size = obstore.head(self._store, self._key)["size"]
                for start in range(0, size, _CHUNK):
                    copy.write(self.part(start, min(start + _CHUNK, size)))
            fsync(draft)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove the file."""
        try:
            with telling(self, "remove"):
                library().delete(self._store, self._key)
        except FileNotFoundError:
            if not missing_ok:
                raise

    @property
    def _store(self) -> Any:
        parts = urlsplit(self.url)
        return opened(f"{parts.scheme}://{parts.netloc}")

    @property
    def _key(self) -> str:
        return urlsplit(self.url).path.strip("/")


class _Parts(io.RawIOBase):
    """A file of which parts are read."""

    def __init__(self, remote: Remote, size: int) -> None:
        self._remote, self._size, self._at = remote, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = begin + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if self._at >= end:
            return 0
        part = self._remote.part(self._at, end)
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


#: Where something lies: in a folder, or in an object store.
Place = Path | Remote


def sha256_of(place: Place) -> str:
    """SHA-256 of a file's content, wherever it lies."""
    if isinstance(place, Remote):
        return hashlib.sha256(place.read_bytes()).hexdigest()
    return sha256(place)


def place_of(address: str) -> Place:
    """What an address names: something in an object store, or on disk."""
    return Remote.at(address) if is_remote(address) else Path(address)


def is_remote(address: str) -> bool:
    """Whether an address leads away from this machine's files."""
    return "://" in address


def _shown(address: str) -> str:
    """An address without what may be a password."""
    return re.sub(r"//[^/@]*@", "//…@", address)
