"""The order of the steps, from a study to published results.

Each step is a plain function that leaves its results in the data root and
does nothing where they are there already. ``step`` carries them out: directly
(:func:`directly`), or as Prefect tasks (``flows/analyze.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flows.analyses.check_translators import CHECK_TRANSLATOR
from flows.analyses.compare_models import compare_models
from flows.analyses.decompose_heads import decompose, describe_head, features_to_measure
from flows.analyses.find_neighbors import FIND_NEIGHBORS
from flows.analyses.fit_translators import FIT_TRANSLATOR
from flows.analyses.score_controls import SCORE_CONTROLS
from flows.analyses.score_groups import SCORE_GROUPS
from flows.analyses.score_occupancy import SCORE_OCCUPANCY
from flows.analyses.score_pairs import SCORE_PAIRS
from flows.analyses.steer_images import STEER_IMAGES, find_targets
from flows.features.extract_features import extract_features
from flows.features.heads import prepare_model
from flows.features.prepared_model import PreparedModel
from flows.features.sources import sources_of
from flows.features.texts import embed_texts
from flows.pictures.draw_scenes import draw_scenes
from flows.pictures.find_images import check_apart, find_images, find_outside
from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.inputs import Inputs
from flows.runs.parts import Parts
from flows.runs.publish import finish, list_artifacts
from flows.runs.stored_model import StoredModel
from flows.runs.which_run import begin, choose_run
from flows.study.study import Study
from flows.study.vocabulary import vocabulary
from flows.terminal.progress import progress, say
from sing_core.geometry.null_space import HeadDecomposition, NoNullSpaceError
from warehouse import ledger
from warehouse.files import sweep
from warehouse.generations import settle
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: What is done to each model, in order. What stands under one name is one Prefect task, because
#: each takes a second or two, and a task nearly half of one.
ANALYSES: dict[str, tuple[Analysis, ...]] = {
    "fit {model}": (FIT_TRANSLATOR,),
    "score {model}": (SCORE_PAIRS,),
    "put the scores of {model} in context": (
        SCORE_CONTROLS, FIND_NEIGHBORS, SCORE_GROUPS, STEER_IMAGES, CHECK_TRANSLATOR,
        SCORE_OCCUPANCY,
    ),
}  # fmt: skip


class Step(Protocol):
    """Carries out a step under a name."""

    def __call__(self, function: Callable[..., Any], *args: Any, name: str) -> Any:
        """Return what ``function(*args)`` returns."""


def directly(function: Callable[..., Any], *args: Any, name: str) -> Any:
    """Carry a step out as the plain function that it is."""
    del name
    return function(*args)


@dataclass(frozen=True)
class Outcome:
    """What became of a study.

    Attributes
    ----------
    worked
        False if the published results were made from the same inputs before.
    not_scored
        Per model that could not be analyzed, the sentence that says why.
    """

    run_id: str
    worked: bool
    not_scored: dict[str, str]


def run_study(study: Study, root: DataRoot, step: Step = directly) -> Outcome:
    """Carry out a study and publish its results.

    Raises
    ------
    LockedError
        If another process is writing to the data root.
    Exception
        What the steps raise. What was published before stays as it was, and the
        same call goes on where this one stopped.
    """
    with root.writing(f"sing run {study.name}"):
        sweep(root.path)
        settle(root)
        inputs = find_inputs(study, root, step)
        run_id, published = choose_run(inputs, root)
        if published:
            say(f"nothing to do: {run_id} is published and nothing has changed since")
            return Outcome(run_id, worked=False, not_scored=_not_scored(run_id, root))
        run = begin(inputs, run_id, root)
        try:
            not_scored = _analyze(inputs, run, root, step)
        except Exception as error:
            if (entry := ledger.load(root, run_id)) and entry.status == "unfinished":
                ledger.save(root, run.ended("failed", str(error)))
            raise
        return Outcome(run_id, worked=True, not_scored=not_scored)


def find_inputs(study: Study, root: DataRoot, step: Step = directly) -> Inputs:
    """Find and prepare everything that a run's results depend on."""
    if study.images.shapes is not None:
        step(draw_scenes, study.images.shapes, root, name=f"draw scenes of {study.name}")
    manifest = step(find_images, study, root, name=f"find images of {study.name}")
    say(manifest.in_words())
    if study.translator.file is None:
        Parts.of(manifest.images, study.translator).require_enough()
    models = [
        step(prepare_model, model, manifest, root, name=f"prepare {model.id}")
        for model in study.models
    ]
    concepts = vocabulary(study.concepts)
    name = f"embed texts in {study.space.name}"
    texts = step(embed_texts, study, manifest, concepts, root, name=name)
    outside = None
    if study.out_of_distribution is not None:
        outside = step(find_outside, study, root, name=f"find other pictures of {study.name}")
        check_apart(manifest, outside)
    return Inputs(study, manifest, models, texts, concepts, outside)


def extract(
    inputs: Inputs, models: list[PreparedModel], run_id: str, root: DataRoot, step: Step = directly
) -> ExtractedRun:
    """Complete the vectors of a run's pictures, for these models and the space."""
    study, manifest = inputs.study, inputs.manifest
    names = ", ".join(model.id for model in models)
    sources = sources_of(study, manifest, models, inputs.texts, root)
    name = f"extract {names} and {study.space.name}"
    broken = step(extract_features, study, manifest, sources, name=name)
    return ExtractedRun(run_id, root, inputs, models, broken)


def _analyze(inputs: Inputs, entry: ledger.Run, root: DataRoot, step: Step) -> dict[str, str]:
    """Carry out all that comes after the inputs; returns why models are not analyzed."""
    find_targets(inputs)  # a wrong one is told before hours of extraction, and so is a head
    heads, models = _Heads(inputs, entry.run_id, root, step), inputs.models
    if not inputs.study.null_space.is_measured:
        models = heads.describe_all(models)
    run = extract(inputs, models, entry.run_id, root, step)
    run.store_inputs()
    if inputs.study.null_space.is_measured:
        run = replace(run, models=heads.describe_all(models, run))
    if inputs.outside is not None:
        others = sources_of(run.study, inputs.outside, run.models, None, root)
        name = "extract other pictures"
        step(extract_features, run.study, inputs.outside, others, name=name)
    for prepared in run.models:
        model = run.model(prepared, heads.spaces.pop(prepared.id))
        for name, analyses in ANALYSES.items():
            step(carry_out, analyses, run, model, name=name.format(model=model.id))
    step(compare_models, run, name="compare models")
    step(list_artifacts, run, name="list artifacts")
    messages = [f"{name} is not analyzed: {why}" for name, why in heads.not_scored.items()]
    if run.phrases_kept < len(inputs.concepts):
        messages.append(_phrases_left_out(run))
        say(messages[-1])
    generation = step(finish, entry, "; ".join(messages) or None, root, name="publish")
    say(f"published {root.relative(generation)}")
    return heads.not_scored


def carry_out(analyses: tuple[Analysis, ...], run: ExtractedRun, model: StoredModel) -> None:
    """Carry out analyses of one model, but for those that are done."""
    for analysis in analyses:
        if not analysis.applies(run) or analysis.is_done(model):
            continue
        what = f"{analysis.name} of {model.id}"
        with progress(what, analysis.size(run), analysis.unit) as advance:
            analysis.carry_out(run, model, advance)


class _Heads:
    """Decomposes heads, each once, and keeps what they fall into until its model is analyzed."""

    def __init__(self, inputs: Inputs, run_id: str, root: DataRoot, step: Step) -> None:
        self._inputs, self._run_id, self._root, self._step = inputs, run_id, root, step
        self.spaces: dict[str, HeadDecomposition] = {}
        self.not_scored: dict[str, str] = {}

    def describe_all(
        self, models: list[PreparedModel], run: ExtractedRun | None = None
    ) -> list[PreparedModel]:
        """Store each head's row of table ``models``; returns the models that can be analyzed."""
        for model in models:
            self._step(self.describe_head, model, run, name=f"decompose the head of {model.id}")
            if (why := self.not_scored.get(model.id)) is not None:
                say(f"{model.id} is not analyzed: {why}")
        if len(self.not_scored) == len(models):
            raise NoNullSpaceError(
                "no model of the study can be analyzed: "
                + "; ".join(f"{name}: {why}" for name, why in self.not_scored.items())
            )
        return [model for model in models if model.id not in self.not_scored]

    def describe_head(self, model: PreparedModel, run: ExtractedRun | None) -> None:
        """Decompose one head, once, and store what it can see."""
        null_space = self._inputs.study.null_space
        features = None if run is None else features_to_measure(run, model)
        found = decompose(model, null_space, self._inputs.manifest.classes, features)
        describe_head(self._run_id, self._root, model, null_space, found)
        if found.is_analyzable:
            self.spaces[model.id] = found.spaces
        else:
            self.not_scored[model.id] = found.message or "its head cannot be analyzed"


def _phrases_left_out(run: ExtractedRun) -> str:
    most = run.study.analysis.max_image_concept_rows
    return (
        f"the {run.phrases_kept} strongest of {len(run.inputs.concepts)} phrases of each picture "
        f"are in image_concept_scores (analysis.max_image_concept_rows = {most:,}); the aggregates "
        "are over all"
    )


def _not_scored(run_id: str, root: DataRoot) -> dict[str, str]:
    rows = Warehouse(root).ask("not_scored", run=run_id)
    return dict(zip(*rows.to_pydict().values(), strict=True))
