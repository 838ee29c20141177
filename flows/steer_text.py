"""Steer a class's pictures towards any text, over stored features: nothing is extracted again."""

import json
from typing import Any

import numpy as np

from flows.embed_texts import load_space
from flows.published import PublishedRun
from flows.study import Study, listed
from sing_core.steering import Steering
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


class OtherSpaceError(ValueError):
    """A study whose space was changed since its run."""

    exit_code = 2


class UnknownClassError(ValueError):
    """A class that the run has no pictures of."""

    exit_code = 2


def steer_text(
    study: Study, source: str, text: str, is_deg: float, step: float | None, root: DataRoot
) -> list[dict[str, Any]]:
    """One row a model: how far the class's pictures turn towards a text with equal logits.

    Parameters
    ----------
    text
        A class of the study, a phrase of its vocabulary, or anything else,
        which the study's space then embeds as it stands.
    is_deg, step
        How far each step goes: to this Image Score, or by this length in units
        of the features if one is given.

    Raises
    ------
    UnknownClassError
        If the run has no pictures of the class.
    """
    run = PublishedRun.named(study.name, root)
    images = _images(run, source)
    target = _embedding(study, run, text)
    rows = []
    for model in run.models:
        weight, _ = run.head(model).arrays()
        translator = run.translator(model)
        z = translator(run.features(model).take(images))
        steering = Steering(weight, run.spaces(model), translator, target[None])
        found = steering.directions(z)
        steps = found.step_for(is_deg) if step is None else np.full((len(z), 1), step)
        as_deg, reached_deg = found.after(steps)
        done = np.isfinite(as_deg[:, 0])
        rows.append(
            {
                "model": model,
                "n": len(z),
                "reachable_share": float(done.mean()),
                "as_mean_deg": _mean(as_deg[done]),
                "as_sd_deg": float(as_deg[done].std(ddof=1)) if done.sum() > 1 else None,
                "is_mean_deg": _mean(reached_deg[done]),
                "epsilon_mean": _mean(steps[done]),
                "limit_min_deg": float(found.limit_deg.min()),
                "max_abs_logit_drift": float(steering.logit_drift(z, steps)[done].max())
                if done.any()
                else None,
            }
        )
    return rows


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None


def _images(run: PublishedRun, name: str) -> list[str]:
    warehouse = Warehouse(run.root)
    found = warehouse.query(
        "select image_id from main.images where run_id = ? and class_name = ? order by image_id",
        [run.run_id, name],
    )
    if not len(found):
        classes = warehouse.query(
            "select distinct class_name from main.images where run_id = ? order by 1", [run.run_id]
        )
        raise UnknownClassError(
            f"{run.run_id} has no pictures of class {name!r}; known: "
            f"{listed(classes['class_name'].to_pylist())}"
        )
    return list(found["image_id"].to_pylist())


def _embedding(study: Study, run: PublishedRun, text: str) -> np.ndarray:
    warehouse = Warehouse(run.root)
    class_texts, concept_texts = run.texts()
    classes = warehouse.query(
        "select distinct class_index from main.images where run_id = ? and class_name = ?",
        [run.run_id, text],
    )
    if len(classes) > 1:
        raise UnknownClassError(
            f"{run.run_id} has {len(classes)} classes called {text!r}; steer towards other words"
        )
    if len(classes):
        return np.asarray(class_texts[classes["class_index"][0].as_py()])
    phrases = warehouse.query(
        "select concept_id from main.concepts where run_id = ? and phrase = ?", [run.run_id, text]
    )
    if len(phrases):
        return np.asarray(concept_texts[phrases["concept_id"][0].as_py()])
    config = warehouse.query("select config_json from main.runs where run_id = ?", [run.run_id])[
        "config_json"
    ][0].as_py()
    if json.loads(config)["space"] != study.space.model_dump(mode="json"):
        raise OtherSpaceError(
            f"[space] of the study is not that of {run.run_id}, whose pictures are steered; run "
            "the study again, or choose a class or phrase of that run"
        )
    return np.asarray(load_space(study.space).embed_texts([text], ("{}",))[0])
