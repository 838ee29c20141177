"""Steer pictures towards texts inside one model's null space, and towards every other class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.inputs import Inputs
from flows.runs.sample import Sample, sample_of
from flows.runs.stored_model import StoredModel
from flows.study.class_names import AmbiguousClassError, index_of
from flows.terminal.lists import close_to
from flows.terminal.progress import Advance
from sing_core.geometry.equivalent_pairs import typical_null_length
from sing_core.scores.steering import Directions, Steering, inside_and_outside
from sing_core.scores.steering_sums import CURVE_IS_DEG, ConfusionSums, CurveSums, Steered

#: Pictures steered, at most: with so many classes each has fewer than the study says.
_MOST = 3000

#: Cells of pictures × classes at once: what fits a core's cache is twice as fast.
_CELLS = 128_000

#: Targets by default.
_N_TARGETS = 8


class NoSuchTargetError(ValueError):
    """A target that is neither a class nor a phrase of the study."""

    exit_code = 2


@dataclass(frozen=True)
class Targets:
    """What pictures are steered towards: names, and unit texts (targets × space)."""

    names: list[str]
    texts: np.ndarray


def find_targets(inputs: Inputs) -> Targets:
    """Find the study's targets among its classes and phrases.

    Raises
    ------
    NoSuchTargetError
        If one is neither, or the name of several classes.
    """
    class_texts, concept_texts = inputs.texts.arrays()
    class_names = inputs.manifest.classes.names
    wanted = inputs.study.steering.targets
    if not wanted:
        used = np.unique(inputs.manifest.images["class_index"].to_numpy())
        some = used[np.unique(np.linspace(0, len(used) - 1, _N_TARGETS).round().astype(int))]
        return Targets([class_names[i] for i in some], class_texts[some])
    of_class = dict(enumerate(class_names))
    texts = dict(zip([phrase for _, phrase in inputs.concepts], concept_texts, strict=True))
    towards: dict[str, np.ndarray] = {}
    for name in wanted:
        if name in texts and name not in class_names:
            towards[name] = texts[name]
            continue
        try:
            index = index_of(name, of_class)
        except AmbiguousClassError as error:
            raise NoSuchTargetError(f"steering.targets: {error}") from error
        if index is None:
            raise NoSuchTargetError(
                f"steering.targets: {name!r} is neither a class nor a phrase of concepts.file; "
                f"known: {close_to(name, [*texts, *class_names])}"
            )
        towards[class_names[index]] = class_texts[index]
    return Targets(list(towards), np.array(list(towards.values())))


def _sample(run: ExtractedRun) -> Sample:
    """The pictures that are steered."""
    return sample_of(run, _MOST, run.study.steering.images_per_class)


def steer_images(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Store a model's tables of steering."""
    target_is_deg, targets = run.study.steering.target_is_deg, find_targets(run.inputs)
    sample = _sample(run).by_class()
    inside, outside = inside_and_outside(
        model.head[0], model.spaces, model.translator, targets.texts
    )
    class_inside, class_outside = (some.towards(run.class_texts) for some in (inside, outside))
    n_classes = len(run.class_texts)
    confusion, curves = ConfusionSums(n_classes), CurveSums(n_classes, len(targets.names))
    features, class_index = sample.features(model), sample.class_index
    translated = model.translator(features)
    norms = np.linalg.norm(features, axis=1)
    typical_null = typical_null_length(features, model.spaces)
    step = max(1, _CELLS // n_classes)
    with model.streaming("steering") as write:
        for start in range(0, len(translated), step):
            piece = slice(start, start + step)
            z, classes = translated[piece], class_index[piece]
            lengths = norms[piece], typical_null
            found, other = inside.directions(z), outside.directions(z)
            some = Steered.to(target_is_deg, found, other, *lengths)
            rows = _steered(inside, found, target_is_deg, some)
            write(_rows(sample.ids[piece], targets, target_is_deg, rows))
            curves.add(classes, [Steered.to(d, found, other, *lengths) for d in CURVE_IS_DEG])
            found, other = class_inside.directions(z), class_outside.directions(z)
            confusion.add(classes, Steered.to(target_is_deg, found, other, *lengths))
            advance(len(z))
    names = run.class_names
    model.write("steering_curves", curves.result(names, targets.names))
    model.write("class_confusion", {"target_is_deg": target_is_deg, **confusion.result(names)})


def _steered(
    steering: Steering, found: Directions, is_deg: float, some: Steered
) -> dict[str, np.ndarray]:
    of = some.columns
    return {
        "epsilon": of["step"],
        "reachable": found.reachable(is_deg),
        "as_deg": of["as"],
        "is_deg": of["is"],
        "limit_deg": found.limit_deg,
        "max_abs_logit_drift": steering.logit_drift(found, of["step"]),
        "epsilon_over_norm": of["over_norm"],
        "epsilon_over_null": of["over_null"],
        "control_as_deg": of["control_as"],
        "control_is_deg": of["control_is"],
    }


def _rows(
    ids: list[str], targets: Targets, is_deg: float, found: dict[str, np.ndarray]
) -> dict[str, Any]:
    k = len(targets.names)
    return {
        "image_id": pa.array(ids).take(np.repeat(np.arange(len(ids)), k)),
        "target": pa.array(targets.names).take(np.tile(np.arange(k), len(ids))),
        "target_is_deg": is_deg,
        **{name: column.reshape(-1) for name, column in found.items()},
    }


STEER_IMAGES = Analysis(
    name="steering",
    leaves=("steering", "steering_curves", "class_confusion"),
    needs=("models", "translators"),
    carry_out=steer_images,
    size=lambda run: len(_sample(run).images),
)
