"""Finish a run: list its files, close its ledger entry, publish."""

from collections.abc import Iterator
from pathlib import Path

from flows.runs.extracted import ExtractedRun
from warehouse import ledger
from warehouse.build import Published, publish
from warehouse.digests import sha256
from warehouse.layout import DataRoot
from warehouse.stored import parquet


def list_artifacts(run: ExtractedRun) -> None:
    """Store the digest of every file that the run read or made."""
    root = run.root
    rows = [
        {"kind": kind, "model": model, "path": root.relative(path), "sha256": sha256(path)}
        for kind, model, path in _files(run)
    ]
    table = parquet.rows_table("artifacts", rows, run_id=run.run_id)
    run.folder.write("artifacts", table)


def _files(run: ExtractedRun) -> Iterator[tuple[str, str | None, Path]]:
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


def finish(run: ledger.Run, message: str | None, root: DataRoot) -> Published:
    """Close the ledger entry and publish a generation with this run.

    Raises
    ------
    CheckFailedError
        If a rule about the results does not hold; what was published stays.
    """
    return publish(root, run.ended("finished", message))
