"""Published generations in an object store: a pointer that moves by compare-and-swap.

Each generation has a name that nobody gives again, so what is read under one is
always the same. The pointer names the newest and its digest; who publishes
replaces the pointer that was read before, or finds that another was faster.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.digests import sha256
from warehouse.files import DamagedFileError
from warehouse.layout import DataRoot
from warehouse.remote import Remote

_NAME = re.compile(r"gen-([1-9]\d*)-[0-9a-f]{8}\.duckdb")
_NAMED = re.compile(rf"(?P<name>{_NAME.pattern}) (?P<sha256>[0-9a-f]{{64}})\n")

#: How often the pointer is read for one question.
_ASKED = 5

#: Generations that stay; a reader that was told of an older one asks again.
_KEPT = 3


@dataclass(frozen=True)
class Newest:
    """What the pointer says.

    Attributes
    ----------
    version
        Which pointer said so, as the store tells pointers apart.
    """

    name: str
    sha256: str
    version: Any

    @property
    def number(self) -> int:
        """The generation's number."""
        return _number(self.name)


def newest_in(place: Remote) -> Newest | None:
    """What is published in a bucket; None before the first.

    Raises
    ------
    StoreError
        If the store does not say.
    DamagedFileError
        If the pointer is none.
    """
    try:
        content, version = (place / "CURRENT").read_with_version()
    except FileNotFoundError:
        return None
    named = _NAMED.fullmatch(content.decode(errors="replace"))
    if named is None:
        raise DamagedFileError(
            f"{place / 'CURRENT'} names no generation; remove it, and publish again with `sing "
            "rebuild` on each machine that publishes there"
        )
    return Newest(named["name"], named["sha256"], version)


def copy_of(root: DataRoot) -> Path | None:
    """The newest generation of a bucket on this machine, fetched if it is not here yet.

    Raises
    ------
    StoreError, DamagedFileError
        If the store does not give it, or gives something else.
    """
    place = Remote.at(str(root.bucket))
    for _ in range(_ASKED):
        newest = newest_in(place)
        if newest is None:
            return None
        copy = root.published / newest.name
        if not copy.exists():
            try:
                fetch(place, newest, copy)
            except FileNotFoundError:
                continue  # so many were published meanwhile that this one is gone
            copies = [one for one in root.published.glob("gen-*") if _NAME.fullmatch(one.name)]
            for older in sorted(copies, key=_age)[:-_KEPT]:
                older.unlink(missing_ok=True)  # who has it open goes on reading it
        return copy
    raise DamagedFileError(
        f"{place / 'CURRENT'} names a generation that is not there; publish again with `sing "
        "rebuild` on each machine that publishes there"
    )


def fetch(place: Remote, newest: Newest, copy: Path) -> None:
    """Have a generation on disk, as it was published."""
    (place / newest.name).download(copy)
    if sha256(copy) != newest.sha256:
        copy.unlink()
        raise DamagedFileError(f"{place / newest.name} is not what was published")


def offer(place: Remote, generation: Path, number: int, before: Newest | None) -> Newest | None:
    """Publish a generation, unless something was published since ``before`` was read.

    Returns
    -------
    Newest or None
        What was published; None if another was faster.
    """
    name = f"gen-{number}-{secrets.token_hex(4)}.duckdb"
    (place / name).upload(generation)
    digest = sha256(generation)
    content = f"{name} {digest}\n".encode()
    pointer = place / "CURRENT"
    if before is None:
        is_ours = pointer.create(content)
    else:
        is_ours = pointer.replace(content, before.version)
    if not is_ours:
        # A store whose answer was lost is asked again, and then finds what is ours already.
        there = newest_in(place)
        if there is None or there.name != name:
            (place / name).unlink(missing_ok=True)
            return None
    for older in place.files(".duckdb"):
        if _NAME.fullmatch(older.name) and _number(older.name) <= number - _KEPT:
            older.unlink(missing_ok=True)
    return Newest(name, digest, None)


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    assert match is not None  # of a generation
    return int(match[1])


def _age(path: Path) -> tuple[int, float]:
    return _number(path.name), path.stat().st_mtime
