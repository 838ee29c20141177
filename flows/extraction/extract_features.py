"""Extract penultimate features and image embeddings, shard by shard.

What is missing is put together in units, a shard each, and carried out by an
engine. A killed run goes on where it stopped, and a new picture costs only
itself.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from flows.engines.engine import HERE, Engine
from flows.extraction.carry_out import extract, extract_apart
from flows.extraction.plan import Plan, layout, plan
from flows.extraction.take_arrays import take_rows
from flows.extraction.units import Job, units_of
from flows.features.sources import ExtractionError, Source
from flows.features.stored_vectors import Rejections
from flows.pictures.manifest import Manifest, check_rejected
from flows.study.study import Study
from flows.terminal.progress import progress, say
from sing_core.machine.allocator import keep_freed_memory
from warehouse.layout import DataRoot
from warehouse.remote import is_remote


class Extracted(NamedTuple):
    """What came of an extraction.

    Attributes
    ----------
    broken
        ``path, reason`` of pictures that turned out to be broken when decoded.
    written
        The SHA-256 of each shard that was written just now, by where it is.
    """

    broken: pl.DataFrame
    written: dict[str, str]


def extract_features(
    study: Study,
    manifest: Manifest,
    sources: list[Source],
    root: DataRoot,
    engine: Engine = HERE,
) -> Extracted:
    """Complete the vectors of every source over these pictures.

    Raises
    ------
    TooManyRejectedError
        If these, with those refused before, are more than the study allows.
    ExtractionError
        If a picture changed since it was listed, a process that decodes ended, or
        features are not finite.
    EngineError
        If a cluster is gone, or a unit ended its workers.
    """
    keep_freed_memory()  # here and in the steps after: matrices are as large as activations
    rejections: Rejections = {}
    lacking: list[tuple[Source, Plan]] = []
    shards = layout(manifest, study.analysis.shard_size)
    for source in sources:
        if source.array is not None:
            take_rows(source, manifest, study.analysis.shard_size)
            continue
        found = plan(source.vectors, shards)
        rejections |= found.rejections
        if found.shards:
            lacking.append((source, found))
        else:
            found.finish()
    _check(study, manifest, rejections)
    missing = {row for _, found in lacking for shard in found.shards for row in shard.missing}
    n_kept = len(manifest.images) - len(missing)
    written: dict[str, str] = {}
    if not lacking:
        say(f"features of all {n_kept:,} {manifest.unit} are stored")
    else:
        if n_kept:
            say(f"features of {n_kept:,} pictures are stored already, {len(missing):,} are missing")
        written = _extract(study, manifest, lacking, len(missing), rejections, root, engine)
        for _, found in lacking:
            found.finish()
    broken = pl.DataFrame(
        sorted(rejections.values()),
        schema={"path": pl.String, "reason": pl.String},
        orient="row",
    )
    return Extracted(broken, written)


def _extract(
    study: Study,
    manifest: Manifest,
    lacking: list[tuple[Source, Plan]],
    n_missing: int,
    rejections: Rejections,
    root: DataRoot,
    engine: Engine,
) -> dict[str, str]:
    """Have all that is missing decoded, and given to every source that lacks it."""
    assert manifest.root is not None  # only pictures are decoded
    job = Job(
        manifest.root,
        [source for source, _ in lacking],
        study.analysis.batch_size,
        n_missing,
        here=(root, manifest) if engine.is_here else None,
    )
    units = units_of(manifest, [found for _, found in lacking], for_others=not engine.is_here)
    written: dict[str, str] = {}
    where = "" if engine.is_here else f" on {engine.name}"
    what = f"extracting {len(lacking)} streams{where}"
    with progress(what, n_missing, "pictures") as advance:
        work = extract if engine.is_here else extract_apart
        for report in engine.map(work, job, units, named="the shard from picture {first}"):
            if report.refused:
                rejections |= report.refused
                _check(study, manifest, rejections)
            written |= report.written
            if report.n:
                advance(report.n, report.limit)
            if report.said is not None:
                say(report.said)
    if not engine.is_here:
        _require_seen(written, engine)
    return written


def _require_seen(written: Iterable[str], engine: Engine) -> None:
    unseen = [where for where in written if not is_remote(where) and not Path(where).exists()]
    if unseen:
        raise ExtractionError(
            f"workers of {engine.name} wrote {unseen[0]}, which this machine does not see; have "
            "the data root, or storage.shards in the settings, where all of them see it"
        )


def _check(study: Study, manifest: Manifest, rejections: Rejections) -> None:
    n_rejected = len(manifest.rejected) + len(rejections)
    first = next(iter([*rejections.values(), *manifest.rejected.rows()]), None)
    check_rejected(study, n_rejected, len(manifest.images) - len(rejections), first)
