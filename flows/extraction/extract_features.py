"""Extract penultimate features and image embeddings, shard by shard.

Three stages work at once: pictures are decoded, once each and once a geometry;
batches go through the networks; shards are written, each whole or not at all.
The slowest is the limit, and what is said at the end names it. A killed run goes
on where it stopped, and a new picture costs only itself.
"""

from collections.abc import Iterator

import polars as pl

from flows.extraction.batches import batch_size_of
from flows.extraction.choose_backend import with_faster_backend
from flows.extraction.decode import Asked, Decoder
from flows.extraction.forward import forward
from flows.extraction.meter import Meter
from flows.extraction.plan import Plan, Shard, plan
from flows.extraction.pools import SLICE, Workers, decoded, prepare_processes
from flows.extraction.streams import Stream, Writer
from flows.extraction.take_arrays import take_rows
from flows.features.sources import Source
from flows.features.stored_vectors import Rejections
from flows.pictures.manifest import Manifest, check_rejected
from flows.study.study import Study
from flows.terminal.progress import progress, say
from sing_core.machine.allocator import keep_freed_memory
from sing_core.machine.device import device
from warehouse.layout import DataRoot


def extract_features(
    study: Study, manifest: Manifest, sources: list[Source], root: DataRoot
) -> pl.DataFrame:
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
        If a picture changed since it was listed, a process that decodes ended, or
        features are not finite.
    """
    keep_freed_memory()  # here and in the steps after: matrices are as large as activations
    rejections: Rejections = {}
    lacking: list[tuple[Source, Plan]] = []
    for source in sources:
        if source.array is not None:
            take_rows(source, manifest, study.analysis.shard_size)
            continue
        found = plan(source.vectors, manifest, study.analysis.shard_size)
        rejections |= found.rejections
        if found.shards:
            lacking.append((source, found))
        else:
            found.finish()
    _check(study, manifest, rejections)
    missing = {row for _, found in lacking for shard in found.shards for row in shard.missing}
    n_kept = len(manifest.images) - len(missing)
    if not lacking:
        say(f"features of all {n_kept:,} {manifest.unit} are stored")
    else:
        if n_kept:
            say(f"features of {n_kept:,} pictures are stored already, {len(missing):,} are missing")
        _extract(study, manifest, lacking, len(missing), rejections, root)
        for _, found in lacking:
            found.finish()
    return pl.DataFrame(
        sorted(rejections.values()),
        schema={"path": pl.String, "reason": pl.String},
        orient="row",
    )


def _extract(
    study: Study,
    manifest: Manifest,
    lacking: list[tuple[Source, Plan]],
    n_missing: int,
    rejections: Rejections,
    root: DataRoot,
) -> None:
    """Decode what is missing, and give it to every source that lacks it."""
    workers = Workers.choose(n_missing, on_gpu=device().type == "cuda")
    if workers.are_processes:
        prepare_processes()
    networks = [with_faster_backend(source.load(), source, manifest, root) for source, _ in lacking]
    geometries = list(dict.fromkeys(network.geometry for network in networks))
    workers = workers.with_room_for(sum(geometry.n_bytes for geometry in geometries))
    places = [geometries.index(network.geometry) for network in networks]
    writer = Writer()
    streams = [
        Stream(
            source, network, found, place,
            study.analysis.batch_size or batch_size_of(network, n_missing), writer,
        )
        for (source, found), network, place in zip(lacking, networks, places, strict=True)
    ]  # fmt: skip
    assert manifest.root is not None  # only pictures are decoded
    decoder = Decoder(manifest.root, geometries)
    slices = _slices(manifest, [found for _, found in lacking], places)
    try:
        with (
            forward() as through,
            decoded(decoder, slices, workers, manifest.images["path"].__getitem__) as found,
            progress(f"extracting {len(streams)} streams", n_missing, "pictures") as advance,
        ):
            meter = Meter(workers, through)
            under_way = max(2, through.ahead // len(streams))
            while (one := meter.waiting_for_pictures(found)) is not None:
                for n, why in one.refused.items():
                    rejections[one.asked[n].image_id] = (one.asked[n].path, why)
                    _check(study, manifest, rejections)
                pixels = through.received(one.pixels)
                for stream in streams:
                    stream.take(one, pixels[stream.geometry], through)
                for stream in streams:
                    stream.collect(under_way)
                advance(len(one.asked), meter.limit())
            for stream in streams:
                stream.collect(0)
        writer.finish()
        if (told := meter.in_words(n_missing)) is not None:
            say(told)
    finally:
        writer.close()


def _slices(manifest: Manifest, plans: list[Plan], places: list[int]) -> Iterator[list[Asked]]:
    """The pictures that any source lacks, some at a time, each with the geometries it is for."""
    by_shard: dict[int, list[tuple[int, Shard]]] = {}
    for found, place in zip(plans, places, strict=True):
        for shard in found.shards:
            by_shard.setdefault(shard.first, []).append((place, shard))
    rows = manifest.images.select("image_id", "path", "sha256")
    for _, shards in sorted(by_shard.items()):
        wanted: dict[int, int] = {}
        for place, shard in shards:
            for row in shard.missing:
                wanted[row] = wanted.get(row, 0) | 1 << place
        lacked = sorted(wanted)
        listed = zip(lacked, rows[lacked].iter_rows(), strict=True)
        asked = [Asked._make((row, *about, wanted[row])) for row, about in listed]
        for start in range(0, len(asked), SLICE):
            yield asked[start : start + SLICE]


def _check(study: Study, manifest: Manifest, rejections: Rejections) -> None:
    n_rejected = len(manifest.rejected) + len(rejections)
    first = next(iter([*rejections.values(), *manifest.rejected.rows()]), None)
    check_rejected(study, n_rejected, len(manifest.images) - len(rejections), first)
