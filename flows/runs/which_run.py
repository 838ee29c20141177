"""Which run a study's inputs make: its key, its id, and its entry in the ledger."""

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from flows.features.prepared_model import PreparedModel
from flows.features.stored_vectors import EXTRACTOR_VERSION
from flows.features.texts import reworded_prompts
from flows.runs.inputs import Inputs
from flows.study.study import Study
from flows.terminal.progress import say
from warehouse import ledger
from warehouse.digests import digest, sha256, text_digest
from warehouse.generations import published_runs
from warehouse.layout import DataRoot
from warehouse.remote import Place

#: Raised when fits or scores themselves change: stored results are then made anew.
ANALYSIS_VERSION = 9


_PACKAGES = (
    "duckdb", "numpy", "open_clip_torch", "pillow", "polars", "prefect", "pyarrow", "scipy",
    "timm", "torch", "torchvision",
)  # fmt: skip


#: What a study says that need not be in a run's key: paths and choices of pictures, whose content
#: is in it, and what cannot change a result but by rounding.
_NOT_IN_KEY: dict[str, Any] = {
    "images": {"root", "table", "class_names", "classes", "leave_out", "tags"},
    "space": {"model", "checkpoint", "embeddings", "class_texts", "concept_texts"},
    "models": {"__all__": {"checkpoint", "head", "features"}},
    "concepts": {"file"},
    "translator": {"file"},
    "out_of_distribution": {"root"},
    "gate": True,
    "analysis": {"batch_size", "shard_size", "precision", "precision_budget_deg"},
}


def code_version() -> str:
    """Return the version of this package and of its numerical methods."""
    return (
        f"{version('sing-null-space')} (extractor {EXTRACTOR_VERSION}, analysis {ANALYSIS_VERSION})"
    )


def run_key(inputs: Inputs) -> str:
    """Digest of everything that the results depend on, wherever the files lie."""
    study, manifest = inputs.study, inputs.manifest
    phrases = [phrase for _, phrase in inputs.concepts]
    said = reworded_prompts(study, manifest.classes.names, phrases)
    return digest(
        {
            "study": _said(study),
            "images": [manifest.digest, manifest.classes.names, manifest.classes.are_heads],
            "labels": text_digest(manifest.labels.write_csv()),
            "rejected": manifest.rejected.rows(),
            "models": [[_facts(model)] for model in inputs.models],
            "outside": inputs.outside.digest if inputs.outside else None,
            "translators": [
                sha256(file)
                for model in study.models
                if (file := study.translator.file_of(model.id)) is not None
            ],
            "space": [inputs.texts.weights_sha256, inputs.texts.forward]
            + ([inputs.texts.given] if inputs.texts.given else [])
            + ([inputs.texts.precision] if inputs.texts.precision != "float32" else []),
            "concepts": inputs.concepts,
            "versions": [EXTRACTOR_VERSION, ANALYSIS_VERSION],
        }
        | ({"prompts": said} if said else {})
    )


def _said(study: Study) -> dict[str, Any]:
    """What a study says, wherever its files lie."""
    said = study.model_dump(mode="json", exclude=_NOT_IN_KEY)
    for entry, model in zip(said["models"], study.models, strict=True):
        if model.folder is not None:  # its content is in the model's facts
            del entry["timm"]
    return said


def _facts(model: PreparedModel) -> dict[str, Any]:
    """What is known of a model but by rounding, and but where its weights were taken from."""
    facts = model.facts() | {"logit_proof_max_abs": None}
    del facts["weights_entry"]
    return facts if model.precision == "float32" else facts | {"precision": model.precision}


def choose_run(inputs: Inputs, root: DataRoot) -> tuple[str, bool]:
    """Return the run's id, and whether its results are the study's published ones already.

    The same inputs have the same id, so an interrupted run is found again. A
    study that goes back to earlier inputs after a run with others gets a new
    id: history is not rewritten.
    """
    study = inputs.study.name
    finished = published_runs(root, study)
    base = f"{study}-{run_key(inputs)}"
    if finished and finished[-1].startswith(base):
        return finished[-1], True
    # The first has no number. Not how many there are: `sing gc --keep` drops the oldest.
    earlier = [int(run[len(base) + 1 :] or 1) for run in finished if run.startswith(base)]
    return (f"{base}-{max(earlier) + 1}" if earlier else base), False


def remove(damaged: dict[Place, str]) -> None:
    """Say what is wrong with stored files, and remove them: they are made anew."""
    for path, problem in damaged.items():
        say(f"{path} {problem}; it is made anew")
        path.unlink(missing_ok=True)


def begin(inputs: Inputs, run_id: str, root: DataRoot) -> ledger.Run:
    """Enter a run in the ledger, or take up an unfinished one."""
    try:
        before = ledger.load(root, run_id)
    except ledger.BadRecordError:
        before = None  # it is written anew
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


@contextmanager
def told_in_ledger(entry: ledger.Run, root: DataRoot) -> Iterator[None]:
    """Have the ledger say why a run failed."""
    try:
        yield
    except Exception as error:
        if (known := ledger.load(root, entry.run_id)) and known.status == "unfinished":
            ledger.save(root, entry.ended("failed", str(error)))
        raise
