"""The order of the steps, from a study to published results.

Each step is a plain function that leaves its results in the data root and
does nothing where they are there already. ``step`` carries them out: directly
(:func:`directly`), or as Prefect tasks (``flows/analyze.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flows.compare_models import compare_models
from flows.decompose_heads import describe_head
from flows.embed_texts import embed_texts
from flows.extract_features import extract_features
from flows.find_images import check_apart, find_images, find_outside, report
from flows.find_neighbors import find_neighbors
from flows.fit_translators import check_enough, fit_translator
from flows.prepare_models import Head, prepare_model
from flows.progress import say
from flows.publish import finish, list_artifacts
from flows.runs import Inputs, begin, choose_run, store_inputs
from flows.score_controls import score_controls
from flows.score_groups import Groups, find_groups, score_groups
from flows.score_occupancy import score_occupancy
from flows.score_pairs import score_pairs
from flows.steer_images import Targets, find_targets, steer_images
from flows.study import Study
from flows.study_file import vocabulary
from flows.train_heads import train_heads
from sing_core.null_space import NoNullSpaceError
from warehouse import ledger
from warehouse.files import sweep
from warehouse.generations import settle
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


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
    manifest = step(find_images, study, root, name=f"find images of {study.name}")
    report(manifest)
    check_enough(study, manifest.images)
    heads = [
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
    return Inputs(study, manifest, heads, texts, concepts, outside=outside)


def _analyze(inputs: Inputs, run: ledger.Run, root: DataRoot, step: Step) -> dict[str, str]:
    study, run_id = inputs.study, run.run_id
    targets = find_targets(inputs)
    not_scored: dict[str, str] = {}

    def describe(heads: list[Head]) -> list[Head]:
        for head in heads:
            name = head.about.model
            what = f"decompose the head of {name}"
            why = step(describe_head, inputs, head, run_id, root, name=what)
            if why is not None:
                not_scored[name] = why
                say(f"{name} is not analyzed: {why}")
        heads = [head for head in heads if head.about.model not in not_scored]
        if not heads:
            raise NoNullSpaceError(
                "no model of the study can be analyzed: "
                + "; ".join(f"{name}: {why}" for name, why in not_scored.items())
            )
        return heads

    heads = inputs.heads
    if not study.null_space.is_measured:
        heads = describe(heads)  # before hours of extraction
    names = ", ".join(head.about.model for head in heads)
    broken = step(
        extract_features, study, inputs.manifest, heads, inputs.texts, root,
        name=f"extract {names} and {study.space.name}",
    )  # fmt: skip
    inputs = replace(inputs, broken=broken)
    store_inputs(inputs, run_id, root)
    if study.null_space.is_measured:
        heads = describe(heads)
    outside = inputs.outside
    if outside is not None:
        step(extract_features, study, outside, heads, None, root, name="extract other pictures")
    groups = find_groups(inputs, root)
    for head in heads:
        name = head.about.model
        step(fit_translator, inputs, head, run_id, root, name=f"fit {name}")
        step(score_pairs, inputs, head, len(heads), run_id, root, name=f"score {name}")
        what = f"put the scores of {name} in context"
        step(add_context, inputs, head, groups, targets, run_id, root, name=what)
    step(compare_models, heads, run_id, root, name="compare models")
    step(list_artifacts, inputs, heads, run_id, root, name="list artifacts")
    messages = [f"{name} is not analyzed: {why}" for name, why in not_scored.items()]
    kept, of = inputs.phrases_kept(len(heads))
    if kept < of:
        messages.append(
            f"the {kept} strongest of {of} phrases of each picture are in image_concept_scores "
            f"(analysis.max_image_concept_rows = {study.analysis.max_image_concept_rows:,}); the "
            "aggregates are over all"
        )
        say(messages[-1])
    generation = step(finish, run, "; ".join(messages) or None, root, name="publish")
    say(f"published {root.relative(generation)}")
    return not_scored


def add_context(
    inputs: Inputs, head: Head, groups: Groups, targets: Targets, run_id: str, root: DataRoot
) -> None:
    """Carry out all analyses of one model beyond null removal and its scores.

    One step, because each takes a second or two, and a Prefect task nearly half of one.
    """
    score_controls(inputs, head, run_id, root)
    find_neighbors(inputs, head, run_id, root)
    score_groups(inputs, head, groups, run_id, root)
    steer_images(inputs, head, targets, run_id, root)
    train_heads(inputs, head, run_id, root)
    if inputs.outside is not None:
        score_occupancy(inputs, inputs.outside, head, run_id, root)


def _not_scored(run_id: str, root: DataRoot) -> dict[str, str]:
    rows = Warehouse(root).query(
        "select model, message from models where run_id = ? and not scored", [run_id]
    )
    return dict(zip(*rows.to_pydict().values(), strict=True))
