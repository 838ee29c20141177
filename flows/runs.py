"""What one run consists of: its id, its ledger entry, and the tables about its inputs."""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import polars as pl

from flows.digests import digest
from flows.embed_texts import Texts
from flows.find_images import Manifest
from flows.prepare_models import Head
from flows.stored_vectors import EXTRACTOR_VERSION, Vectors, embeddings_of, features_of
from flows.study import Study
from warehouse import ledger, parquet
from warehouse.files import sha256
from warehouse.generations import published_runs
from warehouse.layout import DataRoot

#: Raised when fits or scores themselves change: stored results are then made anew.
ANALYSIS_VERSION = 6

_PACKAGES = (
    "duckdb", "numpy", "open_clip_torch", "pillow", "polars", "prefect", "pyarrow", "scipy",
    "timm", "torch", "torchvision",
)  # fmt: skip

#: What a study says that need not be in a run's key: paths and choices of pictures, whose content
#: is in it, and what cannot change a result but by rounding.
_NOT_IN_KEY: dict[str, Any] = {
    "images": {"root", "table", "class_names", "classes"},
    "space": {"model", "embeddings", "class_texts", "concept_texts"},
    "models": {"__all__": {"checkpoint", "head", "features"}},
    "concepts": {"file"},
    "translator": {"file"},
    "out_of_distribution": {"root"},
    "analysis": {"batch_size", "shard_size"},
}


@dataclass(frozen=True)
class Inputs:
    """Everything that a run's results depend on, found and prepared.

    Attributes
    ----------
    concepts
        The vocabulary as (group, phrase), read once: its file may be edited during a run.
    broken
        ``path, reason`` of listed pictures that could not be decoded, once that is known.
    outside
        Pictures of another kind, where the study has some.
    """

    study: Study
    manifest: Manifest
    heads: list[Head]
    texts: Texts
    concepts: list[tuple[str | None, str]]
    broken: pl.DataFrame | None = None
    outside: Manifest | None = None

    @cached_property
    def images(self) -> pl.DataFrame:
        """The pictures that results are about."""
        if self.broken is None:
            raise ValueError("which pictures are broken is known after extraction only")
        return self.manifest.images.join(self.broken, on="path", how="anti")

    @cached_property
    def labels(self) -> pl.DataFrame:
        """What is known of these pictures beside their class."""
        return self.manifest.labels.join(self.images.select("image_id"), on="image_id")

    def phrases_kept(self, n_models: int) -> tuple[int, int]:
        """How many phrases of each picture get a row with so many models, and of how many."""
        n_phrases = len(self.concepts)
        most = self.study.analysis.max_image_concept_rows
        return min(n_phrases, most // max(1, n_models * len(self.images))), n_phrases

    def features(self, head: Head, root: DataRoot) -> Vectors:
        """Where a model's features are."""
        return features_of(head, self.manifest, root)

    def embeddings(self, root: DataRoot) -> Vectors:
        """Where the space's embeddings are."""
        return embeddings_of(self.study, self.texts, self.manifest, root)


def code_version() -> str:
    """Return the version of this package and of its numerical methods."""
    return (
        f"{version('sing-null-space')} (extractor {EXTRACTOR_VERSION}, analysis {ANALYSIS_VERSION})"
    )


def run_key(inputs: Inputs) -> str:
    """Digest of everything that the results depend on, wherever the files lie."""
    study, manifest = inputs.study, inputs.manifest
    return digest(
        {
            "study": study.model_dump(mode="json", exclude=_NOT_IN_KEY),
            "images": [manifest.digest, manifest.class_names, manifest.heads_classes],
            "labels": hashlib.sha256(manifest.labels.write_csv().encode()).hexdigest(),
            "rejected": manifest.rejected.rows(),
            "models": [
                [asdict(head.about) | {"logit_proof_max_abs": None}] for head in inputs.heads
            ],
            "outside": inputs.outside.digest if inputs.outside else None,
            "translators": [
                sha256(file)
                for model in study.models
                if (file := study.translator.file_of(model.id)) is not None
            ],
            "space": [inputs.texts.weights_sha256, inputs.texts.forward]
            + ([inputs.texts.given] if inputs.texts.given else []),
            "concepts": inputs.concepts,
            "versions": [EXTRACTOR_VERSION, ANALYSIS_VERSION],
        }
    )


def choose_run(inputs: Inputs, root: DataRoot) -> tuple[str, bool]:
    """Return the run's id, and whether its results are the study's published ones already.

    The same inputs have the same id, so an interrupted run is found again. A
    study that goes back to earlier inputs after a run with others gets a new
    id: history is not rewritten.
    """
    study = inputs.study.name
    finished = [
        run
        for run in published_runs(root)
        if (entry := ledger.load(root, run)) and entry.study == study
    ]
    base = f"{study}-{run_key(inputs)}"
    if finished and finished[-1].startswith(base):
        return finished[-1], True
    # The first has no number. Not how many there are: `sing gc --keep` drops the oldest.
    earlier = [int(run[len(base) + 1 :] or 1) for run in finished if run.startswith(base)]
    return (f"{base}-{max(earlier) + 1}" if earlier else base), False


def begin(inputs: Inputs, run_id: str, root: DataRoot) -> ledger.Run:
    """Enter a run in the ledger, or take up an unfinished one."""
    before = ledger.load(root, run_id)
    packages = {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()}
    run = ledger.Run(
        run_id=run_id,
        study=inputs.study.name,
        started_at=before.started_at if before else ledger.now(),
        finished_at=None,
        status="unfinished",
        config_json=inputs.study.model_dump_json(),
        code_version=code_version(),
        package_versions_json=json.dumps(packages),
    )
    ledger.save(root, run)
    return run


def store_inputs(inputs: Inputs, run_id: str, root: DataRoot) -> None:
    """Store the tables that list what a run is about: images, refused files, concepts."""
    images = inputs.images
    rejected = pl.concat([inputs.manifest.rejected, inputs.broken]).sort("path")
    tables = {
        "images": {name: images[name].to_arrow() for name in images.columns},
        "image_labels": {name: inputs.labels[name].to_arrow() for name in inputs.labels.columns},
        "rejected_images": {name: rejected[name].to_arrow() for name in rejected.columns},
        "concepts": {
            "concept_id": list(range(len(inputs.concepts))),
            "phrase": [phrase for _, phrase in inputs.concepts],
            "concept_group": [group for group, _ in inputs.concepts],
        },
    }
    for name, columns in tables.items():
        rows = parquet.table(name, {"run_id": run_id, **columns})
        parquet.write(root.table(run_id, name), rows)
