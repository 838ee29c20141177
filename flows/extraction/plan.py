"""Which shards a source lacks, and what of each is stored elsewhere already.

Shard k holds rows k·n to k·n + n - 1 of the list of pictures, whatever was there
before: the same shards come of one run or of many, in one process or on many
machines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flows.features.stored_vectors import (
    Rejections,
    Vectors,
    answers,
    link,
    shard_path,
    write_shard,
)
from flows.pictures.manifest import Manifest
from warehouse.stored import parquet


@dataclass
class Shard:
    """A shard that is to be written.

    Attributes
    ----------
    first, ids
        The row of its first picture in the list, and all its pictures.
    places
        Per id that is stored elsewhere, the file and the row in it.
    rejected
        What is known to be broken of its pictures.
    """

    first: int
    ids: list[str]
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    rejected: Rejections = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """Rows of the pictures in the list that nothing is known of."""
        known = self.places.keys() | self.rejected.keys()
        return [self.first + n for n, one in enumerate(self.ids) if one not in known]

    def complete(self, vectors: Vectors, new: dict[str, np.ndarray], width: int) -> None:
        """Write it, with the vectors of the pictures that were missing."""
        rows = dict(new)
        for path in sorted({path for path, _ in self.places.values()}):
            _, stored = parquet.read_vectors(path)
            rows |= {one: stored[n] for one, (file, n) in self.places.items() if file == path}
        ids = [one for one in self.ids if one in rows]
        # A shard of broken pictures only has no vectors; it still says which they are.
        found = np.stack([rows[one] for one in ids]) if ids else np.empty((0, width), np.float32)
        write_shard(vectors, self.ids, ids, found, self.rejected)


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
    left_over: list[Path]

    def finish(self) -> None:
        """Remove what is stored twice now."""
        for path in self.left_over:
            path.unlink(missing_ok=True)


def plan(vectors: Vectors, manifest: Manifest, shard_size: int) -> Plan:
    """Find out what of a source is stored, here or for other lists of pictures.

    A shard that another list has too is linked. What is damaged is not taken.
    """
    rejections: Rejections = {}
    lacking: dict[str, Shard] = {}
    own: set[Path] = set()
    for first, ids in _layout(manifest, shard_size):
        path = shard_path(vectors, ids)
        own.add(path)
        if (found := answers(path, vectors, ids)) is not None:
            rejections |= found[1]
        else:
            lacking[path.name] = Shard(first, ids)
    others = [path for path in parquet.shards(vectors.folder) if path not in own]
    if not lacking:
        return Plan([], rejections, others)
    rejections |= _look_up(lacking, others, vectors)
    if len(lacking) == len(own) and not any(shard.missing for shard in lacking.values()):
        return Plan([], rejections, [])  # parted otherwise by an earlier version, but all there
    for sibling in sorted(vectors.folder.parent.glob("*")):
        if sibling == vectors.folder or not any(shard.missing for shard in lacking.values()):
            continue
        shards = parquet.shards(sibling)
        for path in shards:
            shard = lacking.get(path.name)
            if shard and (found := answers(path, vectors, shard.ids)) is not None:
                link(path, vectors.folder / path.name)
                rejections |= found[1]
                del lacking[path.name]
        rejections |= _look_up(lacking, shards, vectors)
    return Plan(list(lacking.values()), rejections, others)


def _layout(manifest: Manifest, shard_size: int) -> Iterator[tuple[int, list[str]]]:
    ids = manifest.images["image_id"]
    for first in range(0, len(ids), shard_size):
        yield first, ids.slice(first, shard_size).to_list()


def _look_up(lacking: dict[str, Shard], paths: Iterable[Path], vectors: Vectors) -> Rejections:
    """Note what files have of the pictures that shards lack; returns which of them are broken."""
    shards = list(lacking.values())
    of = {shard.ids[n]: shard for shard in shards for n in range(len(shard.ids))}
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
