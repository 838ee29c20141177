"""What is done to each model of a run: here, one after another, or each on a worker of a cluster.

A worker works in a folder of its own, which holds what the model needs; what it
leaves there is brought home. Features and embeddings it reads where they are.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flows.analyses.check_translators import CHECK_TRANSLATOR
from flows.analyses.find_neighbors import FIND_NEIGHBORS
from flows.analyses.fit_translators import FIT_TRANSLATOR
from flows.analyses.map_images import MAP_IMAGES
from flows.analyses.read_targets import READ_TARGETS
from flows.analyses.score_controls import SCORE_CONTROLS
from flows.analyses.score_groups import SCORE_GROUPS
from flows.analyses.score_occupancy import SCORE_OCCUPANCY
from flows.analyses.score_pairs import SCORE_PAIRS
from flows.analyses.steer_images import STEER_IMAGES
from flows.engines.engine import Engine
from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.step import Step
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import progress
from sing_core.geometry.null_space import HeadDecomposition
from warehouse.layout import DataRoot

#: What is done to each model, in order. What stands under one name is one Prefect task, because
#: each takes a second or two, and a task nearly half of one.
ANALYSES: dict[str, tuple[Analysis, ...]] = {
    "fit {model}": (FIT_TRANSLATOR,),
    "score {model}": (SCORE_PAIRS,),
    "put the scores of {model} in context": (
        SCORE_CONTROLS, FIND_NEIGHBORS, SCORE_GROUPS, STEER_IMAGES, CHECK_TRANSLATOR,
        SCORE_OCCUPANCY, READ_TARGETS, MAP_IMAGES,
    ),
}  # fmt: skip


def analyze_models(
    run: ExtractedRun, spaces: dict[str, HeadDecomposition], step: Step, engine: Engine
) -> None:
    """Carry out every analysis of every model that is not done.

    Parameters
    ----------
    spaces
        Of models whose head is decomposed already; taken out in their turn.
    """
    if not engine.is_here:
        step(_spread, run, engine, name=f"analyze models on {engine.name}")
        return
    for prepared in run.models:
        model = run.model(prepared, spaces.pop(prepared.id, None))
        for task, analyses in ANALYSES.items():
            name = task.format(model=model.id)
            step(carry_out, analyses, run, model, name=name, task=task.format(model="a model"))


def carry_out(analyses: tuple[Analysis, ...], run: ExtractedRun, model: StoredModel) -> None:
    """Carry out analyses of one model, but for those that are done."""
    for analysis in analyses:
        if not analysis.applies(run) or analysis.is_done(model):
            continue
        what = f"{analysis.name} of {model.id}"
        with progress(what, analysis.size(run), analysis.unit) as advance:
            analysis.carry_out(run, model, advance)


@dataclass(frozen=True)
class _Unit:
    """A model that is not done, and the content of its files below the root, by their paths."""

    model: str
    files: dict[str, bytes]


def _spread(run: ExtractedRun, engine: Engine) -> None:
    every = [analysis for analyses in ANALYSES.values() for analysis in analyses]
    models = [run.model(prepared) for prepared in run.models]
    lacking = [
        model
        for model in models
        if not all(analysis.is_done(model) for analysis in every if analysis.applies(run))
    ]
    units = (_Unit(model.id, _content(run.root, _files(run, model))) for model in lacking)
    # Of the run itself, without what was worked out of it here.
    job = replace(run, root=replace(run.root, shards=run.root.shards or str(run.root.path)))
    what = f"analyzing models on {engine.name}"
    with progress(what, len(lacking), "models") as advance:
        for found in engine.map(_carry_out_apart, job, units, named="the analysis of {model}"):
            for path, content in found.files.items():
                run.folder.bring(run.root.path / path, content)
            advance(1, found.model)


def _carry_out_apart(job: ExtractedRun, units: Iterable[_Unit]) -> Iterator[_Unit]:
    """Carry out all analyses of models in folders of their own; gives what was made."""
    for unit in units:
        with tempfile.TemporaryDirectory(prefix="sing-") as folder:
            run = _moved(job, Path(folder))
            for path, content in unit.files.items():
                there = run.root.path / path
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_bytes(content)
            prepared = next(model for model in run.models if model.id == unit.model)
            model = run.model(prepared)
            for analyses in ANALYSES.values():
                carry_out(analyses, run, model)
            made = [path for path in _files(run, model) if path not in unit.files]
            yield _Unit(model.id, _content(run.root, made))


def _files(run: ExtractedRun, model: StoredModel) -> list[str]:
    """Files of a model below the root that are there, but for its features."""
    paths = {run.inputs.texts.path, model.prepared.head_file, model.translator_file}
    paths |= {model.mean_file, run.space_map, *run.folder.path.glob(f"tables/*/{model.id}.parquet")}
    return sorted(run.root.relative(path) for path in paths if path.exists())


def _content(root: DataRoot, paths: Iterable[str]) -> dict[str, bytes]:
    return {path: (root.path / path).read_bytes() for path in paths}


def _moved(run: ExtractedRun, folder: Path) -> ExtractedRun:
    """The same run with another root, but for features and embeddings."""

    def moved(path: Path) -> Path:
        return folder / run.root.relative(path)

    texts = replace(run.inputs.texts, path=moved(run.inputs.texts.path))
    models = [replace(model, head_file=moved(model.head_file)) for model in run.models]
    return replace(
        run,
        root=replace(run.root, path=folder),
        inputs=replace(run.inputs, texts=texts),
        models=models,
    )
