"""Finish a run: list its files, close its ledger entry, publish."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from flows.engines.engine import HERE, Engine
from flows.runs.extracted import ExtractedRun
from flows.terminal.progress import say
from warehouse import ledger
from warehouse.build import Published, publish
from warehouse.layout import DataRoot
from warehouse.remote import Place, Remote, sha256_of
from warehouse.stored import parquet

#: Files that are read for their digest at a time.
_AT_ONCE = 64


def list_artifacts(run: ExtractedRun, engine: Engine = HERE) -> None:
    """Store the digest of every file that the run read or made."""
    files = list(_files(run))
    known = dict(run.written)
    far = [place for *_, place in files if isinstance(place, Remote)]
    unknown = [place for place in far if str(place) not in known]
    parts = [unknown[n : n + _AT_ONCE] for n in range(0, len(unknown), _AT_ONCE)]
    for found in engine.map(_digests, None, map(_Part, parts), named="reading {places}"):
        known |= found
    rows = [
        {
            "kind": kind,
            "model": model,
            "path": run.root.relative(place),
            "sha256": known.get(str(place)) or sha256_of(place),
        }
        for kind, model, place in files
    ]
    table = parquet.rows_table("artifacts", rows, run_id=run.run_id)
    run.folder.write("artifacts", table)


def _files(run: ExtractedRun) -> Iterator[tuple[str, str | None, Place]]:
    yield "texts", None, run.inputs.texts.path
    for path in run.embeddings.paths:
        yield "embeddings", None, path
    for prepared in run.models:
        model = run.model(prepared)
        yield "head", model.id, prepared.head_file
        yield "translator", model.id, model.translator_file
        for path in model.features.paths:
            yield "features", model.id, path
        if run.inputs.outside is not None:
            for path in run.outside_features(prepared).paths:
                yield "outside_features", model.id, path


@dataclass(frozen=True)
class _Part:
    """Some files in an object store."""

    places: list[Remote]


def _digests(_job: None, parts: Iterable[_Part]) -> Iterator[dict[str, str]]:
    for part in parts:
        yield {str(place): sha256_of(place) for place in part.places}


def finish(run: ledger.Run, message: str | None, root: DataRoot) -> Published:
    """Close the ledger entry and publish a generation with this run.

    Raises
    ------
    CheckFailedError
        If a rule about the results does not hold; what was published stays.
    """
    return publish(root, run.ended("finished", message))


def publish_changed(run_id: str, tables: Collection[str], root: DataRoot) -> None:
    """Publish a finished run again, of which these tables have other rows now, and say so."""
    entry = ledger.load(root, run_id)
    assert entry is not None
    say(f"published {root.relative(publish(root, entry, tables).generation)}")
