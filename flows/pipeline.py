"""The order of the steps, from a study to published results.

Each step is a plain function that leaves its results in the data root and
does nothing where they are there already. ``step`` carries them out: directly
(:func:`directly`), or as Prefect tasks (``flows/analyze.py``).
"""

from dataclasses import dataclass, replace

from flows.analyses.compare_models import compare_models
from flows.analyses.decompose_heads import decompose, describe_head, features_to_measure
from flows.analyses.map_images import map_space
from flows.analyses.steer_images import find_targets
from flows.each_model import analyze_models
from flows.engines.engine import HERE, Engine
from flows.extraction.choose_precision import choose_precision
from flows.extraction.extract_features import extract_features
from flows.features.heads import prepare_model
from flows.features.prepared_model import PreparedModel
from flows.features.sources import sources_of
from flows.features.texts import embed_texts
from flows.pictures.draw_scenes import draw_scenes
from flows.pictures.find_images import check_apart, find_images, find_outside
from flows.runs.extracted import ExtractedRun
from flows.runs.inputs import Inputs
from flows.runs.parts import Parts
from flows.runs.publish import finish, list_artifacts
from flows.runs.step import Step, directly
from flows.runs.turn import turn
from flows.runs.which_run import begin, choose_run, remove, told_in_ledger
from flows.study.study import Study
from flows.study.vocabulary import vocabulary
from flows.terminal.progress import say
from sing_core.geometry.null_space import HeadDecomposition, NoNullSpaceError
from warehouse import ledger
from warehouse.build import refresh
from warehouse.files import sweep
from warehouse.layout import DataRoot
from warehouse.read import Warehouse
from warehouse.stored.run_folder import RunFolder
from warehouse.upkeep import damage
from warehouse.upkeep.mend import mend

#: Bases that are kept from their description, before extraction, until their model is analyzed.
#: One of 4096 features takes 134 MB; the thirteen of the paper's table 3 fit.
_KEPT_BYTES = 2**29


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


def run_study(
    study: Study,
    root: DataRoot,
    step: Step = directly,
    *,
    verify: bool = False,
    engine: Engine = HERE,
    patient: bool = False,
) -> Outcome:
    """Carry out a study and publish its results.

    What a published run is made of must be there, and as it was stored where it was touched since;
    what is not is made anew.

    Parameters
    ----------
    verify
        Read all of it to find out, touched or not.
    engine
        Who extracts and scores; results are the same.

    patient
        Wait for another process that is writing to the data root, and for nobody else to extract:
        that takes no turn, for what it leaves is named by its content.

    Raises
    ------
    LockedError
        If another process is writing to the data root, and nobody is patient.
    Exception
        What the steps raise. What was published before stays as it was, and the
        same call goes on where this one stopped.
    """
    purpose = f"sing run {study.name}"
    with turn(root, purpose, patient=patient):
        sweep(root.folders)
        for wrong in mend(root, thorough=verify):
            say(wrong)
        inputs = find_inputs(study, root, step)
        run_id, published = choose_run(inputs, root)
        damaged = damage.of_published_run(root, run_id, thorough=verify) if published else {}
        if published and not damaged:
            return _nothing_to_do(run_id, root)
        remove(damaged or damage.of_unfinished_run(root, run_id))
        RunFolder(root, run_id).forget_missing()
        entry = begin(inputs, run_id, root)
        with told_in_ledger(entry, root):  # now, and not after hours of extraction
            find_targets(inputs)
            heads = None
            if not inputs.study.null_space.is_measured:
                heads = _describe_heads(inputs, run_id, root, step)
    with told_in_ledger(entry, root):
        models = heads.analyzable if heads else inputs.models
        run = extract(inputs, models, run_id, root, step, engine)
        with turn(root, purpose):
            run_id, published = choose_run(inputs, root)
            if published and not damaged:  # somebody else was faster
                return _nothing_to_do(run_id, root)
            entry = begin(inputs, run_id, root)
            not_scored = _analyze(replace(run, run_id=run_id), heads, entry, step, engine)
    return Outcome(run_id, worked=True, not_scored=not_scored)


def _nothing_to_do(run_id: str, root: DataRoot) -> Outcome:
    for why in refresh(root).values():
        say(why)
    say(f"nothing to do: {run_id} is published and nothing has changed since")
    return Outcome(run_id, worked=False, not_scored=_not_scored(run_id, root))


def find_inputs(study: Study, root: DataRoot, step: Step = directly) -> Inputs:
    """Find and prepare everything that a run's results depend on."""
    if study.images.shapes is not None:
        step(draw_scenes, study.images.shapes, root, name=f"draw scenes of {study.name}")
    manifest = step(find_images, study, root, name=f"find images of {study.name}")
    say(manifest.in_words())
    if study.translator.file is None:
        Parts.of(manifest.images, study.translator).require_enough(study.images)
    models = [
        step(prepare_model, model, manifest, root, name=f"prepare {model.id}")
        for model in study.models
    ]
    concepts = [*vocabulary(study.concepts), *manifest.tags]
    name = f"embed texts in {study.space.name}"
    texts = step(embed_texts, study, manifest, concepts, root, name=name)
    if study.analysis.precision != "float32":
        name = f"choose the precision of {study.name}"
        models, texts = step(choose_precision, study, manifest, models, texts, root, name=name)
    outside = None
    if study.out_of_distribution is not None:
        outside = step(find_outside, study, root, name=f"find other pictures of {study.name}")
        check_apart(manifest, outside)
    return Inputs(study, manifest, models, texts, concepts, outside)


def extract(
    inputs: Inputs,
    models: list[PreparedModel],
    run_id: str,
    root: DataRoot,
    step: Step = directly,
    engine: Engine = HERE,
) -> ExtractedRun:
    """Complete the vectors of a run's pictures, for these models and the space."""
    study, manifest = inputs.study, inputs.manifest
    names = ", ".join(model.id for model in models)
    sources = sources_of(study, manifest, models, inputs.texts, root)
    name = f"extract {names} and {study.space.name}"
    found = step(extract_features, study, manifest, sources, root, engine, name=name)
    written = dict(found.written)
    if inputs.outside is not None:
        others = sources_of(study, inputs.outside, models, None, root)
        name = "extract other pictures"
        written |= step(
            extract_features, study, inputs.outside, others, root, engine, name=name
        ).written
    return ExtractedRun(run_id, root, inputs, models, found.broken, written)


def _analyze(
    run: ExtractedRun, heads: "_Heads | None", entry: ledger.Run, step: Step, engine: Engine
) -> dict[str, str]:
    """Carry out all that comes after extraction; returns why models are not analyzed."""
    root = run.root
    run.store_inputs()
    described = all(run.model(model).table("models").exists() for model in run.models)
    if heads is None or not described:
        heads = _describe_heads(run.inputs, run.run_id, root, step, run)
        run = replace(run, models=heads.analyzable)
    step(map_space, run, name="map the pictures")
    analyze_models(run, heads.spaces, step, engine)
    step(compare_models, run, name="compare models")
    step(list_artifacts, run, engine, name="list artifacts")
    messages = [f"{name} is not analyzed: {why}" for name, why in heads.not_scored.items()]
    if (left_out := run.phrases_left_out()) is not None:
        messages.append(left_out)
        say(left_out)
    published = step(finish, entry, "; ".join(messages) or None, root, name="publish")
    for why in published.left_out.values():
        say(why)
    say(f"published {root.relative(published.generation)}")
    return heads.not_scored


@dataclass(frozen=True)
class _Heads:
    """What became of the heads, each decomposed once; ``spaces`` of as many as ``_KEPT_BYTES``."""

    analyzable: list[PreparedModel]
    not_scored: dict[str, str]
    spaces: dict[str, HeadDecomposition]


def _describe_heads(
    inputs: Inputs, run_id: str, root: DataRoot, step: Step, run: ExtractedRun | None = None
) -> _Heads:
    """Decompose every head, and store what it can see; by a measured rule on a run's features."""
    rule, heads, kept = inputs.study.null_space, _Heads([], {}, {}), 0
    for model in inputs.models:
        features = None if run is None else features_to_measure(run, model)
        # No step by itself: whoever shows steps would keep what they return, and these are large.
        found = decompose(model, rule, inputs.manifest.classes, features)
        name = f"decompose the head of {model.id}"
        step(describe_head, run_id, root, model, rule, found, name=name)
        if not found.is_analyzable:
            heads.not_scored[model.id] = str(found.message)
            say(f"{model.id} is not analyzed: {found.message}")
            continue
        heads.analyzable.append(model)
        kept += 8 * model.n_features**2
        if kept <= _KEPT_BYTES:
            heads.spaces[model.id] = found.spaces
    if not heads.analyzable:
        reasons = "; ".join(f"{name}: {why}" for name, why in heads.not_scored.items())
        raise NoNullSpaceError(f"no model of the study can be analyzed: {reasons}")
    return heads


def _not_scored(run_id: str, root: DataRoot) -> dict[str, str]:
    rows = Warehouse(root).ask("not_scored", run=run_id)
    return dict(zip(*rows.to_pydict().values(), strict=True))
