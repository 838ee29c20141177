"""Pointing to a new generation, with the link for other programs, and dropping old ones."""

from contextlib import suppress
from pathlib import Path

from warehouse.drafts import draft_of
from warehouse.files import fsync, whole
from warehouse.generations import current, existing, number_of
from warehouse.layout import DataRoot
from warehouse.stored import sums

KEPT_GENERATIONS = 3


class NotOursError(RuntimeError):
    """Something of somebody else's lies where the link to the newest results goes."""


def appear(draft: Path, generation: Path) -> None:
    """Have a complete draft appear as a generation, which nobody may write to."""
    draft.chmod(0o444)
    fsync(draft)
    sums.note(generation.parent, generation, draft)
    draft.replace(generation)
    fsync(generation.parent)


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


def require_place(root: DataRoot) -> None:
    """Make sure that the link to the newest results can be made.

    Raises
    ------
    NotOursError
        If a file or folder of somebody else is in its place.
    """
    link = root.path / "sing.duckdb"
    if link.exists() and not link.is_symlink():
        raise NotOursError(
            f"{link} is there and is no link of ours; move it away: that is the name of the link "
            "to the newest results"
        )


def _link(root: DataRoot, target: Path) -> None:
    """Point ``sing.duckdb`` at a generation, in one step."""
    require_place(root)
    link = root.path / "sing.duckdb"
    if link.is_symlink() and link.readlink() == target.relative_to(root.path):
        return
    # In a folder of ours, where drafts are swept.
    draft = draft_of(root.published / link.name)
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.relative_to(root.path))
    draft.replace(link)
    fsync(root.path)


def _prune(root: DataRoot, newest: Path, kept: int = KEPT_GENERATIONS) -> None:
    """Keep the last generations; a reader that still has an older one open keeps it."""
    numbers = range(number_of(newest) - kept + 1, number_of(newest) + 1)
    for generation in existing(root):
        if number_of(generation) not in numbers:
            with suppress(FileNotFoundError):
                generation.unlink()
