"""Finish a run: list its files, close its ledger entry, publish."""

from collections.abc import Iterator
from pathlib import Path

from flows.prepare_models import Head
from flows.runs import Inputs
from flows.stored_vectors import features_of
from warehouse import ledger, parquet
from warehouse.build import publish
from warehouse.files import sha256
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


def list_artifacts(inputs: Inputs, heads: list[Head], run_id: str, root: DataRoot) -> None:
    """Store the digest of every file that the run read or made."""
    rows = [
        (kind, model, root.relative(path), sha256(path))
        for kind, model, path in _files(inputs, heads, run_id, root)
    ]
    kinds, models, paths, digests = (list(column) for column in zip(*rows, strict=True))
    columns = {
        "run_id": run_id,
        "kind": kinds,
        "model": models,
        "path": paths,
        "sha256": digests,
    }
    parquet.write(root.table(run_id, "artifacts"), parquet.table("artifacts", columns))


def _files(
    inputs: Inputs, heads: list[Head], run_id: str, root: DataRoot
) -> Iterator[tuple[str, str | None, Path]]:
    yield "texts", None, inputs.texts.path
    for path in VectorFolder(inputs.embeddings(root).folder).paths:
        yield "embeddings", None, path
    for head in heads:
        yield "head", head.about.model, head.path
        yield "translator", head.about.model, root.translator(run_id, head.about.model)
        for path in VectorFolder(inputs.features(head, root).folder).paths:
            yield "features", head.about.model, path
        if inputs.outside is not None:
            for path in VectorFolder(features_of(head, inputs.outside, root).folder).paths:
                yield "outside_features", head.about.model, path


def finish(run: ledger.Run, message: str | None, root: DataRoot) -> Path:
    """Close the ledger entry and publish a generation with this run.

    Raises
    ------
    CheckFailedError
        If a rule about the results does not hold; what was published stays.
    """
    return publish(root, run.ended("finished", message))
