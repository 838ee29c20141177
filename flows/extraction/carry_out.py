"""Carry out units of extraction: in this process, or in a worker's.

Three stages work at once: pictures are decoded, once each and once a geometry;
batches go through the networks; shards are written, each whole or not at all.
The slowest is the limit, and what is said at the end names it.
"""

import socket
from collections.abc import Callable, Iterable, Iterator

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

#: A network, and the pictures that it takes at once.
Sized = tuple[Network, int]


def extract(job: Job, units: Iterable[Unit]) -> Iterator[Report]:
    """Extract all units in this process as one stream: what one waits for, others work on.

    Raises
    ------
    ExtractionError
        If a picture changed since it was listed, a process that decodes ended, or features are
        not finite.
    """
    assert job.here is not None  # of a job that this machine carries out
    root, manifest = job.here
    workers = _workers(job.n_pictures)
    networks: dict[int, Sized] = {}
    for place, source in enumerate(job.sources):
        network = with_faster_backend(source.load(), source, manifest, root)
        networks[place] = network, job.batch_size or batch_size_of(network, job.n_pictures)
    name_of = manifest.images["path"].__getitem__
    return _through(job, units, networks, workers, name_of)


def extract_apart(job: Job, units: Iterable[Unit]) -> Iterator[Report]:
    """Extract units in a worker's process: one report each.

    Raises
    ------
    ExtractionError
        As :func:`extract`; or if the pictures are not seen here.
    """
    for unit in units:
        if not job.folder.exists():
            raise ExtractionError(
                f"the worker on {socket.gethostname()} does not see {job.folder}; have the "
                "pictures where all workers and this machine see them under one path"
            )
        workers = _workers(len(unit.pictures))
        networks = {place: _kept(job.sources[place], job) for place in unit.shards}
        name_of = {one.row: one.path for one in unit.pictures}.__getitem__
        whole = Report()
        for report in _through(job, [unit], networks, workers, name_of):
            whole.n += report.n
            whole.refused |= report.refused
            whole.written |= report.written
        yield whole


def _workers(n_pictures: int) -> Workers:
    """Who decodes so many pictures; processes prepare themselves while networks are loaded."""
    workers = Workers.choose(n_pictures, on_gpu=device().type == "cuda")
    if workers.are_processes:
        prepare_processes()
    return workers


#: What a worker has loaded, and the batch sizes that it found, by recipe.
_networks: dict[str, Network] = {}
_batch_sizes: dict[str, int] = {}


def _kept(source: Source, job: Job) -> Sized:
    """A source's network, as PyTorch computes it: what is faster was tried on another machine."""
    recipe = source.vectors.recipe
    if recipe not in _networks:
        _networks[recipe] = source.load()
    network = _networks[recipe]
    if job.batch_size is None and recipe not in _batch_sizes:
        _batch_sizes[recipe] = batch_size_of(network, job.n_pictures)
    return network, job.batch_size or _batch_sizes[recipe]


def _through(
    job: Job,
    units: Iterable[Unit],
    networks: dict[int, Sized],
    workers: Workers,
    name_of: Callable[[int], str],
) -> Iterator[Report]:
    """Put the pictures of units through networks, by their sources' places in the job."""
    geometries = list(dict.fromkeys(network.geometry for network, _ in networks.values()))
    workers = workers.with_room_for(sum(geometry.n_bytes for geometry in geometries))
    writer = Writer()
    streams = {
        place: Stream(
            job.sources[place], network, geometries.index(network.geometry), batch_size, writer
        )
        for place, (network, batch_size) in networks.items()
    }
    slices = _slices(units, streams)
    try:
        with (
            forward() as through,
            decoded(Decoder(job.folder, geometries), slices, workers, name_of) as found,
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
        yield Report(written=writer.take(), said=meter.in_words(job.n_pictures))
    finally:
        writer.close()


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
