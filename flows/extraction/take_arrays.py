"""Take the rows of given arrays into shards, as if a network had made them just now."""

import numpy as np

from flows.features.given_arrays import array_digest, open_items
from flows.features.sources import Source
from flows.features.stored_vectors import stored, write_shard
from flows.pictures.manifest import Manifest
from flows.terminal.progress import progress
from sing_core.files.arrays import ArrayFile, BadArrayError


def take_rows(source: Source, manifest: Manifest, shard_size: int) -> None:
    """Write the rows of the images that a source lacks into shards, in the array's order.

    Raises
    ------
    BadArrayError
        If the array changed since it was prepared, or a row that is taken is not finite.
    """
    array = source.array
    assert array is not None
    there, _ = stored(source.vectors, manifest)
    missing = [i for i in manifest.images["image_id"] if i not in there]
    if not missing:
        return
    if array_digest(array, manifest.items) != source.proven:
        raise BadArrayError(f"{array} changed while the run was going; run the study again")
    rows = open_items(array, manifest)
    names = manifest.items if rows.ids is None else rows.ids
    assert names is not None  # a study file with pictures needs ids
    wanted = frozenset(missing)
    image_of = {
        path: image_id
        for path, image_id in manifest.images.select("path", "image_id").iter_rows()
        if image_id in wanted
    }
    shard = np.empty((min(shard_size, len(missing)), rows.width), np.float32)
    ids: list[str] = []
    first = 0
    with progress(f"taking {array.path.name}", len(missing), "rows") as advance:
        for block in rows.blocks():
            here = [n for n in range(len(block)) if names[first + n] in image_of]
            values = _finite(array, block, here, names, first)
            taken = 0
            while taken < len(here):
                more = min(len(shard) - len(ids), len(here) - taken)
                shard[len(ids) : len(ids) + more] = values[taken : taken + more]
                ids += [image_of[names[first + n]] for n in here[taken : taken + more]]
                taken += more
                if len(ids) == len(shard):
                    write_shard(source.vectors, ids, ids, shard, {})
                    advance(len(ids))
                    ids = []
            first += len(block)
        if ids:
            write_shard(source.vectors, ids, ids, shard[: len(ids)], {})
            advance(len(ids))


def _finite(
    array: ArrayFile, block: np.ndarray, here: list[int], names: list[str], first: int
) -> np.ndarray:
    with np.errstate(over="ignore"):  # a float64 may be too large for a float32
        values = block[here].astype(np.float32)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        row = first + here[int(bad.argmax())]
        raise BadArrayError(
            f"{array} holds a value that is no finite float32 in row {row + 1} (id "
            f"{names[row]!r}); need finite numbers"
        )
    return values
