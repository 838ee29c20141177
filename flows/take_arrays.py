"""Take the rows of given arrays into shards, as if a network had made them just now."""

import numpy as np

from flows.find_images import Manifest
from flows.given_arrays import array_digest, open_items
from flows.progress import progress
from flows.stored_vectors import Vectors, write_shard
from sing_core.arrays import ArrayFile, BadArrayError


def take_rows(
    array: ArrayFile,
    proven: str,
    vectors: Vectors,
    missing: list[str],
    manifest: Manifest,
    shard_size: int,
) -> None:
    """Write the rows of the images that are still missing into shards, in the array's order.

    Parameters
    ----------
    proven
        Digest of the array that was prepared, which stands in the shards' recipe.

    Raises
    ------
    BadArrayError
        If the array changed since, or a row that is taken is not finite.
    """
    if array_digest(array, manifest.items) != proven:
        raise BadArrayError(f"{array} changed while the run was going; run the study again")
    rows = open_items(array, manifest)
    wanted = frozenset(missing)
    image_of = {
        path: image_id
        for path, image_id in manifest.images.select("path", "image_id").iter_rows()
        if image_id in wanted
    }
    names = manifest.items if rows.ids is None else rows.ids
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
                    write_shard(vectors, ids, ids, shard, {})
                    advance(len(ids))
                    ids = []
            first += len(block)
        if ids:
            write_shard(vectors, ids, ids, shard[: len(ids)], {})
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
