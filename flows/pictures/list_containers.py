"""List the pictures that lie in tar archives and Parquet files, or that tables name."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from flows.pictures.left_out import SPLITS
from flows.pictures.list_paths import is_table_of_paths, list_paths
from flows.pictures.manifest import ClassFoldersError
from flows.study.class_lists import ClassList
from flows.study.class_names import unique_names
from flows.terminal.lists import listed
from sing_core.files.containers import contents, is_container
from sing_core.files.contents import ContainerError
from sing_core.files.folder_walk import Listing
from sing_core.files.image_folder import FILES
from warehouse.remote import is_remote


def containers_in(folder: Path) -> list[Path]:
    """The containers right in a folder, by name."""
    files = (path for path in folder.iterdir() if path.is_file() and path.suffix != ".csv")
    return sorted(path for path in files if is_container(path) and path.name[0] != ".")


def list_containers(
    folder: Path, containers: Sequence[Path], on_progress: Callable[[int], None]
) -> Listing:
    """List their pictures as those of a folder are; ``folder`` holds all of the containers.

    Raises
    ------
    ContainerError
        If one of them cannot be read, or they call their classes differently.
    """
    rows: list[tuple[str, str, int, int, int]] = []
    odd: list[tuple[str, str]] = []
    passed_over: list[tuple[str, str]] = []
    called: dict[tuple[str, ...] | None, Path] = {}
    for container in containers:
        names_files = is_table_of_paths(container)
        times: dict[str, tuple[int, int]] = {}
        if names_files:
            found, times = list_paths(container)
        else:
            found = contents(container)
        place = (container.parent if names_files else container).relative_to(folder)
        about = _times(container)
        for name, label in found.pictures:
            if name in times:
                size, changed = times[name]
                rows.append((name, label, size, changed, changed))
                continue
            path = place / name
            rows.append((str(path), label, *(_times(folder / path) if names_files else about)))
        odd += [(name if is_remote(name) else str(place / name), why) for name, why in found.odd]
        passed_over += [(str(place / name), why) for name, why in found.passed_over]
        called.setdefault(None if found.names is None else tuple(found.names), container)
        on_progress(len(found.pictures))
    parts = sorted({label for _, label, *_ in rows})
    if parts and all(label.lower() in SPLITS for label in parts):
        raise ClassFoldersError(
            f"the folders in {containers[0]} are the parts {listed(parts)} of a data set, and not "
            "classes; need class folders"
        )
    if len(called) > 1:
        one, other = list(called.values())[:2]
        raise ContainerError(f"{one} and {other} call their classes differently; need one list")
    names = next(iter(called), None)
    columns = {name: FILES[name] for name in ("path", "folder", "size", "mtime_ns", "ctime_ns")}
    with_reason = {"path": pl.String, "reason": pl.String}
    files = pl.DataFrame(rows, schema=columns, orient="row").unique("path").sort("path")
    return Listing(
        files,
        pl.DataFrame(odd, schema=with_reason, orient="row"),
        pl.DataFrame(passed_over, schema=with_reason, orient="row").sort("path"),
        files["folder"].unique().sort().to_list(),
        are_members=True,
        names=None if names is None else list(names),
    )


def _times(path: Path) -> tuple[int, int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns


def numbered(found: Listing) -> ClassList | None:
    """Classes that the containers number, in the order of their numbers; None of other classes."""
    if not all(
        label.isascii() and label.isdecimal() and len(label) < 10 for label in found.folders
    ):
        return None
    if found.names is None:
        folders = sorted(found.folders, key=int)
        return ClassList(folders, folders, are_heads=False)
    numbers = range(len(found.names))
    if strange := [label for label in found.folders if int(label) not in numbers]:
        raise ClassFoldersError(
            f"class {strange[0]} has no name: the containers name {len(numbers)} classes; need a "
            "name for each number from 0"
        )
    names = unique_names([[name.strip() for name in one.split(",")] for one in found.names])
    return ClassList([str(number) for number in numbers], names, are_heads=False)


def check_parts(folder: Path, containers: Sequence[Path]) -> None:
    """Refuse a folder whose containers are of several parts of a data set.

    Raises
    ------
    ClassFoldersError
        If their names say so: ``train-00000-of-00004.parquet`` beside ``test-…``.
    """
    words = {word for path in containers for word in re.split(r"[-_.]", path.stem.lower())}
    if len(parts := sorted(words & SPLITS)) > 1:
        raise ClassFoldersError(
            f"{folder} holds the parts {listed(parts)} of a data set; name the files of one of "
            f'them, as root = ["{containers[-1].name}"]'
        )
