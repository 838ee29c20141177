"""Published generations: immutable database files, and the pointer to the newest."""

import re
from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.files import UNFINISHED, fsync, whole
from warehouse.layout import DataRoot

KEPT_GENERATIONS = 3

_MEND = "`sing rebuild` makes the results again from the stored Parquet"


class NoGenerationError(RuntimeError):
    """The published generation is not where the pointer says, or cannot be opened."""


def current(root: DataRoot) -> Path | None:
    """Return the published generation's file; None before the first.

    Raises
    ------
    NoGenerationError
        If the pointer names no generation.
    """
    pointer = root.published / "CURRENT"
    try:
        name = pointer.read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoGenerationError(f"{pointer} cannot be read ({error.strerror}); {_MEND}") from error
    if not re.fullmatch(r"gen-\d+\.duckdb", name):
        raise NoGenerationError(f"{pointer} names {name!r}, which is no generation; {_MEND}")
    return root.published / name


def open_generation(
    generation: Path, limits: schema.Config | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a generation for reading, in the sandbox, with further limits if there are any.

    Raises
    ------
    NoGenerationError
        If it is missing or damaged.
    """
    try:
        config = {**schema.SANDBOX, **(limits or {})}
        return duckdb.connect(str(generation), read_only=True, config=config)
    except duckdb.Error as error:
        problem = "cannot be opened" if generation.exists() else "is missing"
        raise NoGenerationError(f"{generation} {problem}; {_MEND}") from error


def published_runs(root: DataRoot) -> list[str]:
    """Ids of the finished runs in the published generation, oldest first."""
    generation = current(root)
    if generation is None:
        return []
    with open_generation(generation) as connection:
        return [
            run_id
            for (run_id,) in connection.execute(
                "select run_id from runs where status = 'finished' order by finished_at, run_id"
            ).fetchall()
        ]


def point_to(root: DataRoot, generation: Path) -> None:
    """Publish a generation: from now on it is the newest."""
    with whole(root.published / "CURRENT") as pointer:
        pointer.write_text(f"{generation.name}\n")
    settle(root)


def settle(root: DataRoot) -> None:
    """Make the link and the kept generations agree with the pointer, after a kill in between."""
    newest = current(root)
    if newest is not None:
        _link(root, newest)
        _prune(root, newest)


def drop_older(root: DataRoot) -> None:
    """Keep the newest generation alone; a reader that still has an older one open keeps it."""
    newest = current(root)
    if newest is not None:
        _prune(root, newest, kept=1)


def _link(root: DataRoot, target: Path) -> None:
    """Point ``sing.duckdb`` at a generation, in one step."""
    link = root.path / "sing.duckdb"
    if link.is_symlink() and link.readlink() == target.relative_to(root.path):
        return
    draft = root.path / f".sing.duckdb{UNFINISHED}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.relative_to(root.path))
    draft.replace(link)
    fsync(root.path)


def _prune(root: DataRoot, newest: Path, kept: int = KEPT_GENERATIONS) -> None:
    """Keep the last generations; a reader that still has an older one open keeps it."""
    numbers = range(number_of(newest) - kept + 1, number_of(newest) + 1)
    for generation in root.published.glob("gen-*.duckdb"):
        if number_of(generation) not in numbers:
            with suppress(FileNotFoundError):
                generation.unlink()


def number_of(generation: Path) -> int:
    """Return a generation's number."""
    return int(generation.stem.removeprefix("gen-"))
