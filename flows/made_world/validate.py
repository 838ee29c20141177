"""Ask which score tells the truth: candidates against counterfactuals, on the made world.

Truths come from changing one attribute of a scene alone; candidates are what a
study knows without that. A good candidate ranks models and attributes as the
truth does.
"""

from typing import Any

from flows.made_world.candidate_scores import group_candidates, shift_candidates
from flows.made_world.changed_scenes import Pairs, measure_model, measure_space
from flows.made_world.verdict import agreement_table, agreements, repeatability
from flows.pictures.manifest import ImagesError
from flows.pipeline import extract, find_inputs, run_study
from flows.questions.published_run import PublishedRun
from flows.runs.extracted import ExtractedRun
from flows.runs.groups import groups_of
from flows.runs.publish import publish_changed
from flows.runs.which_run import choose_run
from flows.study.study import Study
from flows.study.vocabulary import vocabulary
from flows.terminal.progress import say
from sing_core.shapes.captions import group, phrase
from sing_core.shapes.scenes import ATTRIBUTES
from warehouse.layout import DataRoot
from warehouse.stored import parquet

#: Scenes that are changed in every attribute: enough for halves of them to agree.
N_PAIRS = 800

#: What is written last says that all of it is there.
_TABLES = ("counterfactuals", "candidate_scores", "score_validation")


def validate(study: Study, root: DataRoot) -> str:
    """Carry a study of the made world out, measure the truth beside it, and publish both.

    Returns
    -------
    str
        The run's id. At once if all of that was done before.

    Raises
    ------
    ImagesError
        If the study's pictures are not scenes of the made world.
    NotValidatedError
        If the study leaves out what the comparison needs.
    """
    _require_the_world(study)
    run_id = run_study(study, root).run_id
    with root.writing(f"sing validate {study.name}"):
        inputs = find_inputs(study, root)
        if (run_id, True) != choose_run(inputs, root):
            raise RuntimeError(f"{run_id} changed while it was validated; run the command again")
        if root.table(run_id, "score_validation").exists() and agreement_table(run_id, root):
            say(f"nothing to do: {run_id} is validated")
            return run_id
        scored = PublishedRun(run_id, root).models
        models = [model for model in inputs.models if model.id in scored]
        _measure(extract(inputs, models, run_id, root))
        publish_changed(run_id, _TABLES, root)
    return run_id


class NotValidatedError(ValueError):
    """A study of the made world that leaves out what the truth is compared with."""

    exit_code = 2


def _require_the_world(study: Study) -> None:
    if study.images.shapes is None:
        raise ImagesError(
            "the truth can be measured only where scenes are drawn; need a study with "
            "images.shapes, such as `sing validate` without a study takes"
        )
    if not study.translator.holdout:
        raise NotValidatedError(
            "translator.holdout is 0, but probes are judged on held-out pictures; leave it out "
            "or give a share"
        )
    told = vocabulary(study.concepts)
    rows = len(told) * len(study.models) * study.images.shapes.n
    if study.analysis.max_image_concept_rows < rows:
        raise NotValidatedError(
            "scores of some phrases cannot stand for all, and analysis.max_image_concept_rows = "
            f"{study.analysis.max_image_concept_rows:,} does not hold all of them; need {rows:,}"
        )
    for name, values in ATTRIBUTES.items():
        need = {phrase(name, value) for value in values}
        have = {words for of, words in told if of == group(name)}
        if need != have:
            odd = ", ".join(sorted(need ^ have))
            raise NotValidatedError(
                f"the vocabulary's group {group(name)!r} must hold the made world's phrases, no "
                f"more and no fewer (missing or strange: {odd}); take the demo's concepts.file"
            )


def _measure(run: ExtractedRun) -> None:
    assert run.study.images.shapes is not None
    pairs = Pairs.draw(N_PAIRS, run.study.images.shapes.correlated)
    moved = measure_space(run, pairs)
    truths: list[dict[str, Any]] = []
    found = list(shift_candidates(run))
    labeled, unlabeled = groups_of(run), groups_of(run, use_labels=False)
    for prepared in run.models:
        model = run.model(prepared)
        for row in measure_model(run, model, pairs):
            truths.append({"model": model.id, "space_move_deg": moved[row["attribute"]]} | row)
        found += group_candidates(run, model, labeled, unlabeled)
    found = [candidate for candidate in found if candidate["attribute"] in moved]
    agreed = [*agreements(truths, found), *repeatability(truths)]
    for name, rows in zip(_TABLES, (truths, found, agreed), strict=True):
        table = parquet.rows_table(name, rows, run_id=run.run_id)
        run.folder.write(name, table)
