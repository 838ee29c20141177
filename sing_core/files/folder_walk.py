"""Finding pictures: a folder a class, as in ImageNet; and what lies there beside them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

import polars as pl

from sing_core.files.image_folder import FILES
from sing_core.files.images import EXTENSIONS, FORMATS_READ, UNREADABLE, format_of, is_read

#: Why most files are passed over.
NO_PICTURE = "no picture by its content"

#: What file servers, systems and archives leave among people's files: lower case.
_NOT_OURS = frozenset(
    (
        "#recycle", "#snapshot", "$recycle.bin", "@__thumb", "@eadir", "@recently-snapshot",
        "@recycle", "@tmp", "__macosx", "desktop.ini", "ehthumbs.db", "lost+found", "recycler",
        "system volume information", "thumbs.db", "~snapshot",
    )
)  # fmt: skip

#: Files of the kernel, without an end.
_KERNEL = ("/proc", "/sys")

#: A picture to be looked at; one that cannot be used; nothing that was to be a picture.
_What = Literal["file", "odd", "passed over"]
_Found = tuple["os.DirEntry[str]", _What, str]


@dataclass(frozen=True)
class Listing:
    """What lies below a folder.

    Attributes
    ----------
    files
        ``path, folder, size, mtime_ns, ctime_ns`` of pictures, sorted by path.
    odd
        ``path, reason`` of pictures that cannot be looked at.
    passed_over
        ``path, reason`` of all else; a folder ends in a slash, and stands for
        all that is in it.
    folders
        The folders right below, sorted: the classes.
    are_members
        Whether they lie in containers.
    names
        Of classes that are numbered there, what the containers call them.
    """

    files: pl.DataFrame
    odd: pl.DataFrame
    passed_over: pl.DataFrame
    folders: list[str]
    are_members: bool = False
    names: list[str] | None = None


def list_files(root: Path, on_progress: Callable[[int], None] = lambda n: None) -> Listing:
    """List every picture below ``root``, by its name's ending or its content.

    ``folder`` is the first folder below the root: the class. Deeper folders
    belong to it. A picture that lies beside the class folders has an empty
    ``folder``. Links are followed, but never in circles, upwards, or into the
    kernel's files; hidden files and folders are not pictures, nor are those
    that file servers and systems leave.
    """
    rows: list[tuple[str, str, int, int, int]] = []
    odd: list[tuple[str, str]] = []
    passed_over: list[tuple[str, str]] = []
    for entry, what, reason in _walk(root, {root.resolve()}):
        on_progress(1)
        path = Path(entry.path).relative_to(root)
        name = _shown(path.as_posix())
        if what == "file" and name != path.as_posix():
            what, reason = "odd", "the name is not UTF-8; rename it"
        if what == "file":
            try:
                status = entry.stat()
            except OSError as error:
                what, reason = "odd", f"{UNREADABLE}: {error.strerror}"
            else:
                folder = path.parts[0] if len(path.parts) > 1 else ""
                rows.append((name, folder, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
        if what == "odd":
            odd.append((name, reason))
        elif what == "passed over":
            passed_over.append((f"{name}/" if _is_folder(entry) else name, reason))
    columns = {name: FILES[name] for name in ("path", "folder", "size", "mtime_ns", "ctime_ns")}
    with_reason = {"path": pl.String, "reason": pl.String}
    left_out = {name.rstrip("/") for name, _ in passed_over if name.endswith("/")}
    with os.scandir(root) as entries:
        names = {_shown(entry.name) for entry in entries if _is_folder(entry)}
    return Listing(
        pl.DataFrame(rows, schema=columns, orient="row").sort("path"),
        pl.DataFrame(odd, schema=with_reason, orient="row"),
        pl.DataFrame(passed_over, schema=with_reason, orient="row").sort("path"),
        sorted(names - left_out),
    )


def _shown(path: str) -> str:
    """A path that can be stored: what is not UTF-8 in it is shown escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _walk(folder: Path, above: set[Path]) -> Iterator[_Found]:
    """What is in a folder and below it, file by file, and folder by folder where it is left out.

    ``above`` holds the folders on the way, so that no link leads in circles.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                yield entry, "passed over", "hidden"
                continue
            if entry.name.lower() in _NOT_OURS:
                yield entry, "passed over", f"{entry.name}: of a system or file server"
                continue
            try:
                if not entry.is_dir():
                    yield entry, *_looked_at(entry)
                    continue
                target = Path(entry.path).resolve()
                if why := _astray(entry, target, above):
                    yield entry, "passed over", why
                else:
                    yield from _walk(Path(entry.path), above | {target})
            except OSError as error:
                yield entry, "odd", f"{UNREADABLE}: {error.strerror}"


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _astray(entry: "os.DirEntry[str]", target: Path, above: set[Path]) -> str | None:
    """Why a folder is not gone into, if it is a link that leads nowhere good."""
    if not entry.is_symlink():
        return None
    if any(folder.is_relative_to(target) for folder in above):
        return "a link to a folder that it is in"
    if any(target.is_relative_to(folder) for folder in _KERNEL):
        return f"a link to {target}, which holds no pictures"
    return None


def _looked_at(entry: "os.DirEntry[str]") -> tuple[_What, str]:
    """What a file is: by its ending, or by its first bytes where that says nothing."""
    ending = PurePath(entry.name).suffix.lower()
    if not entry.is_file():
        if not entry.is_symlink():
            return "passed over", "neither a file nor a folder"
        return ("odd" if ending in EXTENSIONS else "passed over"), "a link to nothing"
    if ending in EXTENSIONS:
        return "file", ""
    try:
        found = format_of(Path(entry.path))
    except PermissionError as error:
        return "passed over", f"{UNREADABLE}: {error.strerror}"
    if found is None:
        return "passed over", NO_PICTURE
    if not is_read(found):
        return "odd", f"{found} is not read ({FORMATS_READ} are); convert it"
    if found == "TIFF" and ending:
        # Nikon's .nef and others are TIFF files whose first page is a thumbnail.
        return "odd", (
            f"a TIFF by its content but {ending} by its name, as cameras' raw files are; convert "
            "it, or rename it if it is an ordinary TIFF"
        )
    return "file", ""
