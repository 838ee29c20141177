"""Carry out units of extraction: in this process, or in a worker's.

Three stages work at once: pictures are decoded, once each and once a geometry;
batches go through the networks; shards are written, each whole or not at all.
The slowest is the limit, and what is said at the end names it.
"""

import socket
from collections.abc import Iterable, Iterator

from flows.extraction.batches import batch_size_of
from flows.extraction.choose_backend import with_faster_backend
from flows.extraction.decode import Asked, Decoder
from flows.extraction.forward import forward
from flows.extraction.meter import Meter
from flows.extraction.pools import SLICE, Workers, decoded, prepare_processes
from flows.extraction.streams import Stream, Writer
from flows.extraction.units import Job, Report, Unit
from flows.features.sources import ExtractionError, Network, Source
from sing_core.machine.device import device


def extract(job: Job, units: Iterable[Unit]) -> Iterator[Report]:
    """Extract all units as one stream: what one waits for, others work on.

    Raises
    ------
    ExtractionError
        If a picture changed since it was listed or is not seen here, a process that decodes
        ended, or features are not finite.
    """
    if job.here is None:
        (unit,) = units = list(units)
        if not job.folder.exists():
            raise ExtractionError(
                f"the worker on {socket.gethostname()} does not see {job.folder}; have the "
                "pictures where all workers and this machine see them under one path"
            )
        n, name_of = len(unit.pictures), {one.row: one.path for one in unit.pictures}.__getitem__
    else:
        root, manifest = job.here
        n, name_of = job.n_pictures, manifest.images["path"].__getitem__
    workers = Workers.choose(n, on_gpu=device().type == "cuda")
    if workers.are_processes:
        prepare_processes()
    if job.here is None:
        networks = {place: _kept(job.sources[place]) for place in unit.shards}
    else:
        networks = {
            place: with_faster_backend(source.load(), source, manifest, root)
            for place, source in enumerate(job.sources)
        }
    geometries = list(dict.fromkeys(network.geometry for network in networks.values()))
    workers = workers.with_room_for(sum(geometry.n_bytes for geometry in geometries))
    writer = Writer()
    streams = {
        place: Stream(
            job.sources[place],
            network,
            geometries.index(network.geometry),
            job.batch_size or _batch_size(network, job),
            writer,
        )
        for place, network in networks.items()
    }
    decoder = Decoder(job.folder, geometries)
    slices = _slices(units, streams)
    try:
        with (
            forward() as through,
            decoded(decoder, slices, workers, name_of) as found,
        ):
            meter = Meter(workers, through)
            under_way = max(2, through.ahead // len(streams))
            while (one := meter.waiting_for_pictures(found)) is not None:
                pixels = through.received(one.pixels)
                for stream in streams.values():
                    stream.take(one, pixels[stream.geometry], through)
                for stream in streams.values():
                    stream.collect(under_way)
                refused = {
                    one.asked[n].image_id: (one.asked[n].path, why)
                    for n, why in one.refused.items()
                }
                yield Report(len(one.asked), refused, meter.limit(), writer.take())
            for stream in streams.values():
                stream.collect(0)
        writer.finish()
        said = None if job.here is None else meter.in_words(job.n_pictures)
        yield Report(written=writer.take(), said=said)
    finally:
        writer.close()


def extract_apart(job: Job, units: Iterable[Unit]) -> Iterator[Report]:
    """Extract units that others than this machine's own process carry out: one report each."""
    for unit in units:
        whole = Report()
        for report in extract(job, [unit]):
            whole.n += report.n
            whole.refused |= report.refused
            whole.written |= report.written
        yield whole


#: What a worker has loaded, by recipe; and the batch sizes found for it, by name.
_networks: dict[str, Network] = {}
_batch_sizes: dict[str, int] = {}


def _kept(source: Source) -> Network:
    """A source's network, as PyTorch computes it: what is faster was tried on another machine."""
    recipe = source.vectors.recipe
    if recipe not in _networks:
        _networks[recipe] = source.load()
    return _networks[recipe]


def _batch_size(network: Network, job: Job) -> int:
    if job.here is not None:
        return batch_size_of(network, job.n_pictures)
    if network.name not in _batch_sizes:
        _batch_sizes[network.name] = batch_size_of(network, job.n_pictures)
    return _batch_sizes[network.name]


def _slices(units: Iterable[Unit], streams: dict[int, Stream]) -> Iterator[list[Asked]]:
    """The pictures of units, some at a time, each with the geometries it is for."""
    for unit in units:
        wanted: dict[int, int] = {}
        for place, shard in unit.shards.items():
            missing = shard.missing
            streams[place].begin(shard, missing)
            for row in missing:
                wanted[row] = wanted.get(row, 0) | 1 << streams[place].geometry
        asked = [Asked(*one, wanted[one.row]) for one in unit.pictures]
        for start in range(0, len(asked), SLICE):
            yield asked[start : start + SLICE]
