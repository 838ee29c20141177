"""Extract penultimate features and image embeddings, shard by shard.

Every picture is decoded once and given to every source that still lacks it.
Each source's *stream* writes its own shards, each whole or not at all, so a
killed run goes on where it stopped, and a new picture costs only itself.
"""

import polars as pl

from flows.features.decoded import decoded
from flows.features.sources import Source
from flows.features.stored_vectors import Rejections, stored
from flows.features.streams import Stream
from flows.features.take_arrays import take_rows
from flows.pictures.manifest import Manifest, check_rejected
from flows.study.study import Study
from flows.terminal.progress import progress, say
from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.device import device

#: Decoding runs ahead of the models by so many batches.
_BATCHES_AHEAD = 2


def extract_features(study: Study, manifest: Manifest, sources: list[Source]) -> pl.DataFrame:
    """Complete the vectors of every source over these pictures.

    Returns
    -------
    polars.DataFrame
        ``path, reason`` of pictures that turned out to be broken when decoded.

    Raises
    ------
    TooManyRejectedError
        If these, with those refused before, are more than the study allows.
    ExtractionError
        If a picture changed since it was listed, or features are not finite.
    """
    keep_freed_memory()  # here and in the steps after: matrices are as large as activations
    rejections: Rejections = {}
    lacking: list[tuple[Source, list[str]]] = []
    for source in sources:
        there, known = stored(source.vectors, manifest)
        rejections |= known
        missing = [i for i in manifest.images["image_id"] if i not in there]
        if missing and source.array is not None:
            take_rows(source, missing, manifest, study.analysis.shard_size)
        elif missing:
            lacking.append((source, missing))
    _check(study, manifest, rejections)
    n_missing = len(set().union(*(missing for _, missing in lacking)))
    n_kept = len(manifest.images) - n_missing
    if not n_missing:
        say(f"features of all {n_kept:,} {manifest.unit} are stored")
        return _table(rejections)
    batch_size = study.analysis.batch_size or (64 if device().type == "cuda" else 8)
    streams = [
        Stream(
            source, source.load(), missing, manifest,
            batch_size=batch_size, shard_size=study.analysis.shard_size,
        )
        for source, missing in lacking
    ]  # fmt: skip
    if n_kept:
        say(f"features of {n_kept:,} pictures are stored already, {n_missing:,} are missing")
    with progress(f"extracting {len(streams)} streams", n_missing, "pictures") as advance:
        for picture in decoded(manifest, streams, ahead=_BATCHES_AHEAD * batch_size):
            if picture.reason is not None:
                rejections[picture.image_id] = (picture.path, picture.reason)
                _check(study, manifest, rejections)
            for stream, pixels in zip(streams, picture.inputs, strict=True):
                stream.take(picture, pixels)
            advance(1)
    return _table(rejections)


def _check(study: Study, manifest: Manifest, rejections: Rejections) -> None:
    n_rejected = len(manifest.rejected) + len(rejections)
    first = next(iter([*rejections.values(), *manifest.rejected.rows()]), None)
    check_rejected(study, n_rejected, len(manifest.images) - len(rejections), first)


def _table(rejections: Rejections) -> pl.DataFrame:
    return pl.DataFrame(
        sorted(rejections.values()),
        schema={"path": pl.String, "reason": pl.String},
        orient="row",
    )
