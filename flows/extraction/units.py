"""Units of extraction: the pictures of one shard, for every source that lacks it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from flows.extraction.plan import Plan, Shard
from flows.features.sources import Source
from flows.features.stored_vectors import Rejections
from flows.pictures.manifest import Manifest
from warehouse.layout import DataRoot


class Listed(NamedTuple):
    """A picture of the list: its row there, what it is, and where."""

    row: int
    image_id: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Unit:
    """What is decoded together, and all that it is decoded for.

    Attributes
    ----------
    first
        The row of the shard's first picture in the list.
    pictures
        Those that any source lacks.
    shards
        What is to be written, by the source's place in the job.
    """

    first: int
    pictures: list[Listed]
    shards: dict[int, Shard]


@dataclass(frozen=True)
class Job:
    """What all units have in common.

    Attributes
    ----------
    folder
        Where the pictures are.
    batch_size
        Pictures a forward pass; None to choose.
    n_pictures
        How many are extracted in all.
    here
        Where this machine keeps what it measured of networks, and the pictures to measure on; of
        a job that others carry out, None.
    """

    folder: Path
    sources: list[Source]
    batch_size: int | None
    n_pictures: int
    here: tuple[DataRoot, Manifest] | None


@dataclass
class Report:
    """What was done.

    Attributes
    ----------
    n
        Pictures that are through.
    refused
        Those of them that are broken.
    limit
        What the rest waits for, in words.
    written
        The SHA-256 of each shard that was written, by where it is.
    said
        What to tell the user.
    """

    n: int = 0
    refused: Rejections = field(default_factory=dict)
    limit: str = ""
    written: dict[str, str] = field(default_factory=dict)
    said: str | None = None


def units_of(manifest: Manifest, plans: list[Plan], *, for_others: bool) -> Iterator[Unit]:
    """The units of some sources' plans, in the order of the list.

    Parameters
    ----------
    for_others
        Whether they are carried out where this machine's files are not seen.
    """
    by_first: dict[int, dict[int, Shard]] = {}
    for place, plan in enumerate(plans):
        for shard in plan.shards:
            by_first.setdefault(shard.first, {})[place] = shard
    rows = manifest.images.select("image_id", "path", "sha256")
    for first, shards in sorted(by_first.items()):
        missing = sorted({row for shard in shards.values() for row in shard.missing})
        if for_others:
            for shard in shards.values():
                shard.read_known()
        listed = zip(missing, rows[missing].iter_rows(), strict=True)
        yield Unit(first, [Listed(row, *about) for row, about in listed], shards)
