"""Pictures in a tar archive: in class folders, or as a webdataset with the class beside each."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sing_core.files.contents import CLASS_KEYS, Contents
from sing_core.files.images import EXTENSIONS

#: What stands beside a picture in a webdataset and tells its class, the first that is there.
_LABELS = (".cls", ".json", ".txt")

#: Longer notes beside a picture are not its class.
_MOST_BYTES = 2**20


class TarArchive:
    """An archive, of which only the headers were read."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._members: dict[str, tuple[int, int]] = {}
        self._others: list[tuple[str, str]] = []
        self._behind: str | None = None
        with tarfile.open(path, "r:") as archive:
            try:
                for member in archive:
                    self._add(member)
                    archive.members.clear()  # type: ignore[attr-defined]
            except tarfile.ReadError:
                if self._behind is None:
                    raise
            end = archive.offset
        # What cannot be read as a header ends the archive, without a word.
        with path.open("rb") as file:
            file.seek(end)
            self._is_whole = not file.read(tarfile.BLOCKSIZE).strip(b"\0")

    def _add(self, member: tarfile.TarInfo) -> None:
        name = PurePosixPath(member.name)
        self._behind = name.as_posix()
        if name.is_absolute() or ".." in name.parts:
            self._others.append((member.name, "its name leads out of the archive"))
        elif member.isreg():
            self._members[self._behind] = member.offset_data, member.size
        elif not member.isdir():
            self._others.append((self._behind, "neither a file nor a folder"))

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        if name not in self._members:
            raise FileNotFoundError(2, "is not in the archive any more", f"{self._path}/{name}")
        offset, size = self._members[name]
        with self._path.open("rb") as file:
            content = os.pread(file.fileno(), size, offset)
        if len(content) < size:
            raise OSError(5, "the archive is cut within it", f"{self._path}/{name}")
        return content

    def contents(self) -> Contents:
        """List the members, with the classes that folders or their neighbors tell."""
        found = Contents(passed_over=list(self._others))
        labels = dict(self._labels())
        for name, (offset, size) in self._members.items():
            member = PurePosixPath(name)
            if any(part.startswith(".") for part in member.parts):
                found.passed_over.append((name, "hidden"))
            elif member.suffix.lower() not in EXTENSIONS:
                if member.suffix not in _LABELS:
                    found.passed_over.append((name, "no picture by its name"))
            elif offset + size > self._size:
                found.odd.append((name, "the archive is cut within this picture"))
            elif label := labels.get(_key(member)) or _folder(member):
                found.pictures.append((name, label))
            else:
                found.odd.append((name, f"no class: no folder, and no {', '.join(_LABELS)} beside"))
        if not self._is_whole and self._behind not in dict(found.odd):
            behind = self._behind or "its beginning"
            found.odd.append((behind, "the archive is damaged or cut behind this member"))
        return found

    def _labels(self) -> Iterator[tuple[str, str]]:
        """Keys of pictures, with the class that stands beside; the surest comes last."""
        for ending in reversed(_LABELS):
            for name, (_, size) in self._members.items():
                member = PurePosixPath(name)
                if member.suffix == ending and size <= _MOST_BYTES:
                    label = _label(ending, self.read(name))
                    if label:
                        yield _key(member), label


def _key(member: PurePosixPath) -> str:
    return str(member.parent / member.name.partition(".")[0])


def _folder(member: PurePosixPath) -> str:
    return member.parts[0] if len(member.parts) > 1 else ""


def _label(ending: str, content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    if ending == ".json":
        try:
            told = json.loads(text)
        except ValueError:
            return ""
        told = told if isinstance(told, dict) else {}
        text = str(next((told[key] for key in CLASS_KEYS if key in told), "")).strip()
    return text if text and "\n" not in text else ""
