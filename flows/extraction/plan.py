"""Which shards a source lacks, and what of each is stored elsewhere already.

Shard k holds rows k·n to k·n + n - 1 of the list of pictures, whatever was there
before: the same shards come of one run or of many, in one process or on many
machines.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from flows.features.stored_vectors import (
    Rejections,
    Vectors,
    answers,
    link,
    shard_name,
    write_shard,
)
from flows.pictures.manifest import Manifest
from warehouse.remote import Place
from warehouse.stored import parquet


@dataclass
class Shard:
    """A shard that is to be written.

    Attributes
    ----------
    first
        The row of its first picture in the list.
    column
        Ids of all its pictures.
    places
        Per id that is stored elsewhere, the file and the row in it.
    known
        Vectors of these, once they are read.
    rejected
        What is known to be broken of its pictures.
    """

    first: int
    column: pl.Series
    places: dict[str, tuple[Place, int]] = field(default_factory=dict)
    known: dict[str, np.ndarray] = field(default_factory=dict)
    rejected: Rejections = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Ids of all its pictures."""
        return self.column.to_list()

    @property
    def missing(self) -> list[int]:
        """Rows of the pictures in the list that nothing is known of."""
        known = self.places.keys() | self.known.keys() | self.rejected.keys()
        return [self.first + n for n, one in enumerate(self.ids) if one not in known]

    def read_known(self) -> None:
        """Read the vectors that are stored elsewhere, which another machine may not see."""
        for path in sorted({path for path, _ in self.places.values()}, key=str):
            _, stored = parquet.read_vectors(path)
            places = self.places.items()
            self.known |= {one: stored[n] for one, (file, n) in places if file == path}
        self.places = {}

    def complete(
        self, vectors: Vectors, new: dict[str, np.ndarray], width: int
    ) -> tuple[str, str | None]:
        """Write it, with the vectors of the pictures that were missing.

        Returns
        -------
        tuple
            Where it is, and its SHA-256; None if it was there.
        """
        self.read_known()
        rows, all_ids = self.known | new, self.ids
        ids = [one for one in all_ids if one in rows]
        # A shard of broken pictures only has no vectors; it still says which they are.
        found = np.stack([rows[one] for one in ids]) if ids else np.empty((0, width), np.float32)
        sha256 = write_shard(vectors, all_ids, ids, found, self.rejected)
        return str(vectors.folder / shard_name(all_ids)), sha256


@dataclass
class Plan:
    """What a source has of a list of pictures, and what it lacks.

    Attributes
    ----------
    shards
        Those that are to be written, in order.
    rejections
        What is known to be broken of all pictures.
    left_over
        Files that are none of the list's shards: removed when these are there.
    """

    shards: list[Shard]
    rejections: Rejections
    left_over: list[Place]

    def finish(self) -> None:
        """Remove what is stored twice now."""
        for path in self.left_over:
            path.unlink(missing_ok=True)


def plan(vectors: Vectors, shards: list[tuple[str, int, pl.Series]]) -> Plan:
    """Find out what of a source is stored, here or for other lists of pictures.

    A shard that another list has too is linked. What is damaged is not taken.

    Parameters
    ----------
    shards
        The list's, as :func:`layout` gives them.
    """
    rejections: Rejections = {}
    lacking: dict[str, Shard] = {}
    there = {path.name: path for path in parquet.shards(vectors.folder)}
    for name, first, column in shards:
        path = there.pop(name, None)
        if path is not None and (found := answers(path, vectors, _Anything())) is not None:
            rejections |= found[1]
        else:
            lacking[name] = Shard(first, column)
    others = list(there.values())
    if not lacking:
        return Plan([], rejections, others)
    rejections |= _look_up(lacking, others, vectors)
    has_own = len(lacking) < len(shards)
    if not has_own and not any(shard.missing for shard in lacking.values()):
        return Plan([], rejections, [])  # parted otherwise by an earlier version, but all there
    for sibling in vectors.siblings():
        if not any(shard.missing for shard in lacking.values()):
            break
        theirs = parquet.shards(sibling)
        for path in theirs:
            shard = lacking.get(path.name)
            if shard and (found := answers(path, vectors, shard.ids)) is not None:
                link(path, vectors.folder / path.name)
                rejections |= found[1]
                del lacking[path.name]
        rejections |= _look_up(lacking, theirs, vectors)
    return Plan(list(lacking.values()), rejections, others)


class _Anything:
    """Every id: a shard of the right name has the right ones."""

    def __contains__(self, _one: object) -> bool:
        return True


def layout(manifest: Manifest, shard_size: int) -> list[tuple[str, int, pl.Series]]:
    """The shards of a list of pictures: what each is called, its first row, and its ids."""
    ids = manifest.images["image_id"]
    parts = [(first, ids.slice(first, shard_size)) for first in range(0, len(ids), shard_size)]
    return [(shard_name(column.to_list()), first, column) for first, column in parts]


def _look_up(lacking: dict[str, Shard], paths: Iterable[Place], vectors: Vectors) -> Rejections:
    """Note what files have of the pictures that shards lack; returns which of them are broken."""
    if not (paths := list(paths)):
        return {}
    of = {one: shard for shard in lacking.values() for one in shard.ids}
    broken: Rejections = {}
    for path in paths:
        if not of:
            break
        found = answers(path, vectors, of)
        for row, one in enumerate(found[0] if found else ()):
            if one in of:
                of.pop(one).places[one] = (path, row)
        for one, why in (found[1] if found else {}).items():
            if one in of:
                of.pop(one).rejected[one] = why
                broken[one] = why
    return broken
