"""Steer a class's pictures towards any text, over stored features: nothing is extracted again."""

from collections.abc import Callable
from typing import Any

import numpy as np

from flows.questions.asked_texts import AS_IT_STANDS, new_text, stored_target
from flows.questions.published_run import PublishedRun
from flows.study.study import Study
from sing_core.geometry.equivalent_pairs import typical_null_length
from sing_core.scores.steering import inside_and_outside
from sing_core.scores.steering_sums import Steered
from warehouse.layout import DataRoot

#: What is done with a model's ids, features and steered features.
Keep = Callable[[str, list[str], np.ndarray, np.ndarray], None]


class OtherSpaceError(ValueError):
    """A study whose space was changed since its run."""

    exit_code = 2


def steer_class(
    study: Study,
    source: str,
    text: str,
    is_deg: float,
    step: float | None,
    root: DataRoot,
    keep: Keep | None = None,
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
    keep
        Told of each model the ids, the features and the steered features (NaN
        where no step turns so far).

    Raises
    ------
    UnknownClassError
        If the run has no pictures of the class.
    """
    run = PublishedRun.named(study.name, root)
    images = run.class_images(source)
    target = _target(study, run, text)
    rows = []
    for name in run.models:
        model = run.model(name)
        features = model.features.take(images).astype(np.float64)
        z = model.translator(features)
        steering, outside = inside_and_outside(
            model.head[0], model.spaces, model.translator, target[None]
        )
        found = steering.directions(z)
        steps = found.step_for(is_deg) if step is None else np.full((len(z), 1), step)
        of = Steered.by(
            steps, found, outside.directions(z), np.linalg.norm(features, axis=1),
            typical_null_length(features, model.spaces),
        ).columns  # fmt: skip
        as_deg = of["as"]
        done = np.isfinite(as_deg[:, 0])
        if keep is not None:
            keep(name, images, features, steering.moved_features(features, found, steps)[:, 0])
        rows.append(
            {
                "model": name,
                "n": len(z),
                "reachable_share": float(done.mean()),
                "as_mean_deg": _mean(as_deg[done]),
                "as_sd_deg": float(as_deg[done].std(ddof=1)) if done.sum() > 1 else None,
                "is_mean_deg": _mean(of["is"][done]),
                "epsilon_mean": _mean(steps[done]),
                "epsilon_over_norm_mean": _mean(of["over_norm"][done]),
                "epsilon_over_null_mean": _mean(of["over_null"][done]),
                "control_as_mean_deg": _mean(of["control_as"][done]),
                "limit_min_deg": float(found.limit_deg.min()),
                "max_abs_logit_drift": float(steering.logit_drift(found, steps)[done].max())
                if done.any()
                else None,
            }
        )
    return rows


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None


def _target(study: Study, run: PublishedRun, text: str) -> np.ndarray:
    stored = stored_target(run, text)
    if stored is not None:
        return stored
    if run.config["space"] != study.space.model_dump(mode="json"):
        raise OtherSpaceError(
            f"[space] of the study is not that of {run.run_id}, whose pictures are steered; run "
            "the study again, or choose a class or phrase of that run"
        )
    return new_text(run, text, AS_IT_STANDS)
