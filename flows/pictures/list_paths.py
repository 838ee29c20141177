"""List the pictures that a table names, with their classes."""

import os
from pathlib import Path, PurePath

import polars as pl

from sing_core.files.contents import CLASS_KEYS, ContainerError, Contents
from warehouse.remote import BadAddressError, Remote, is_remote

#: What the pictures' paths are called in a table.
_PATH_KEYS = ("path", "file", "file_name", "filename")


def is_table_of_paths(path: Path) -> bool:
    """Whether a file is a table that names pictures, and holds none itself.

    Raises
    ------
    ContainerError
        If it is Parquet that cannot be read.
    """
    if path.suffix.lower() != ".parquet":
        return path.suffix.lower() == ".csv"
    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        words = " ".join(str(error).split())[:200]
        raise ContainerError(f"{path} cannot be read: {words}") from error
    named = any(schema.get(key) == pl.String for key in _PATH_KEYS)
    return named and not any(
        isinstance(kind, pl.Binary | pl.Struct | pl.List) for kind in schema.values()
    )


def list_paths(table: Path) -> tuple[Contents, dict[str, tuple[int, int]]]:
    """List its rows; names are paths below the table's folder, or addresses.

    Returns
    -------
    tuple
        What it names; and of each address, size and time of change in nanoseconds.

    Raises
    ------
    ContainerError
        If it cannot be read, or lacks a column.
    """
    try:
        rows = (
            pl.read_csv(table, infer_schema=False, glob=False)
            if table.suffix.lower() == ".csv"
            else pl.read_parquet(table, glob=False)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        words = " ".join(str(error).split())[:200]
        raise ContainerError(f"{table} cannot be read as a table: {words}") from error
    path = next((key for key in _PATH_KEYS if key in rows.columns), None)
    label = next((key for key in CLASS_KEYS if key in rows.columns), None)
    if path is None or label is None:
        raise ContainerError(
            f"{table} needs a column of paths ({', '.join(_PATH_KEYS)}) and one of classes "
            f"({', '.join(CLASS_KEYS)}), and has {', '.join(rows.columns)}"
        )
    found, seen, lie = Contents(), set[str](), _Lying()
    times: dict[str, tuple[int, int]] = {}
    for name, told in rows.select(pl.col(path, label).cast(pl.String)).iter_rows():
        below = _below(table.parent, name or "")
        if name and is_remote(name):
            try:
                below = Remote.at(name).url
            except BadAddressError as error:
                found.odd.append((name, str(error)))
                continue
        if not name or below is None:
            found.odd.append((name or "", "lies outside the table's folder, or has no path"))
        elif not told or not told.strip():
            found.odd.append((below, f"no class: {label} is empty"))
        elif below in seen:
            found.odd.append((below, "is named more than once"))
        elif not lie.there(table.parent, below):
            found.odd.append((below, "is not there"))
        else:
            seen.add(below)
            found.pictures.append((below, told.strip()))
            if is_remote(below) and (about := lie.about(below)) is not None:
                times[below] = about
    return found, times


class _Lying:
    """What lies in folders of object stores, each of which is listed once."""

    def __init__(self) -> None:
        self._folders: dict[Remote, dict[str, tuple[int, int]]] = {}

    def there(self, folder: Path, path: str) -> bool:
        """Whether a file is there: below a folder, or at an address."""
        return self.about(path) is not None if is_remote(path) else (folder / path).is_file()

    def about(self, address: str) -> tuple[int, int] | None:
        """Size and time of change of a file at an address; None if there is none."""
        folder = Remote(address).parent
        if folder not in self._folders:
            self._folders[folder] = folder.about_files()
        return self._folders[folder].get(address)


def _below(folder: Path, name: str) -> str | None:
    """The path relative to the folder, as it is written; None of one that leads elsewhere."""
    inside = PurePath(os.path.normpath(folder / name))
    return inside.relative_to(folder).as_posix() if inside.is_relative_to(folder) else None
