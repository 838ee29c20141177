"""Pictures in a tar archive, each read where it lies."""

import os
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from sing_core.files import tar_classes
from sing_core.files.contents import ContainerError, Contents
from sing_core.files.images import EXTENSIONS

#: What is read at once in search of an archive's end.
_BLOCKS = 2048 * tarfile.BLOCKSIZE


class TarArchive:
    """An archive, of which only the headers were read."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._members: dict[str, tuple[int, int]] = {}
        self._odd: list[tuple[str, str]] = []
        self._passed_over: list[tuple[str, str]] = []
        self._behind = ""
        with tarfile.open(path, "r:") as archive:
            try:
                for member in archive:
                    self._add(member)
                    archive.members.clear()  # type: ignore[attr-defined]
            except tarfile.ReadError:
                if not self._behind:
                    raise
            # What cannot be read as a header ends an archive, without a word.
            if not self._ends_at(archive.offset):
                why = "the archive is damaged or cut behind this member, or another is behind it"
                self._odd.append((self._behind, why))

    def _ends_at(self, offset: int) -> bool:
        """Whether there are zeros, and nothing else, from there on."""
        with self._path.open("rb") as file:
            file.seek(offset)
            blocks = iter(lambda: file.read(_BLOCKS), b"")
            return offset < self._size and not any(block.strip(b"\0") for block in blocks)

    def _add(self, member: tarfile.TarInfo) -> None:
        shown = os.fsencode(member.name).decode("utf-8", "backslashreplace")
        name = PurePosixPath(shown)
        self._behind = str(name)
        if name.is_absolute() or ".." in name.parts:
            self._passed_over.append((shown, "its name leads out of the archive"))
        elif shown != member.name:
            self._odd.append((self._behind, "the name is not UTF-8; rename it"))
        elif member.issparse():
            self._odd.append((self._behind, "stored with holes, which are not read"))
        elif member.islnk() and str(PurePosixPath(member.linkname)) in self._members:
            self._members[self._behind] = self._members[str(PurePosixPath(member.linkname))]
        elif member.isreg():
            if self._behind in self._members:
                self._passed_over.append((self._behind, "stands there again: the last is taken"))
            self._members[self._behind] = member.offset_data, member.size
        elif not member.isdir():
            self._passed_over.append((self._behind, "neither a file nor a folder"))

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        if name not in self._members:
            raise FileNotFoundError(2, "it is not in the archive any more", f"{self._path}/{name}")
        offset, size = self._members[name]
        with self._path.open("rb") as file:
            content = os.pread(file.fileno(), size, offset)
        if len(content) < size:
            raise ContainerError(f"{self._path}/{name} is cut: the archive ends within it")
        return content

    def contents(self) -> Contents:
        """List the members, with the classes that folders or their neighbors tell."""
        found = Contents(odd=list(self._odd), passed_over=list(self._passed_over))
        pictures: list[PurePosixPath] = []
        for name, (offset, size) in self._members.items():
            member = PurePosixPath(name)
            if any(part.startswith(".") for part in member.parts):
                found.passed_over.append((name, "hidden"))
            elif member.suffix.lower() in EXTENSIONS:
                if offset + size > self._size:
                    found.odd = [one for one in found.odd if one[0] != name]
                    found.odd.append((name, "the archive is cut within this picture"))
                else:
                    pictures.append(member)
            elif member.suffix.lower() not in tar_classes.ENDINGS:
                found.passed_over.append((name, "no picture by its name"))
        told = tar_classes.told(pictures, _Notes(self))
        for member in pictures:
            label = told[member]
            if isinstance(label, tar_classes.Part):
                found.passed_over.append((str(member), f"a part of the sample {label.of}"))
            elif label is None:
                beside = ", ".join(tar_classes.ENDINGS)
                found.odd.append((str(member), f"no class: no folder, and no {beside} beside"))
            else:
                found.pictures.append((str(member), label))
        self._refuse_captions(told)
        return found

    def _refuse_captions(self, told: Mapping[PurePosixPath, object]) -> None:
        by_text = [label for label in told.values() if isinstance(label, tar_classes.ByText)]
        if len(by_text) > 10 and len(set(by_text)) > len(by_text) / 2:
            raise ContainerError(
                f"{self._path} has a .txt beside each picture, and nearly every one tells another "
                f"class (the first: {by_text[0][:60]!r}): captions; need classes, as .cls, in "
                ".json, or as folders"
            )


class _Notes(Mapping[str, bytes]):
    """What small files of an archive say, by their name; what is cut says nothing."""

    def __init__(self, archive: TarArchive) -> None:
        self._archive = archive

    def __getitem__(self, name: str) -> bytes:
        _, size = self._archive._members[name]
        if size > tar_classes.MOST_BYTES:
            raise KeyError(name)
        try:
            return self._archive.read(name)
        except ContainerError as error:
            raise KeyError(name) from error

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._archive._members)

    def __len__(self) -> int:
        return len(self._archive._members)
