"""The way of a class's pictures towards a text inside the null space, step by step."""

from typing import Any

import numpy as np

from flows.questions.asked_texts import target_text
from flows.questions.published_run import PublishedRun
from flows.runs.nearest_pictures import nearest_pictures
from flows.terminal.progress import progress
from sing_core.scores.steering import Steering
from warehouse.layout import DataRoot

#: Pictures of the class that means are over, at most: enough to tell tenths of a degree.
_MOST = 200

#: Real pictures that stand for a steered one.
_N_NEAREST = 3


class SteeringError(ValueError):
    """A way that cannot be gone."""

    exit_code = 2


def steer_pictures(
    run_id: str,
    model: str,
    source: str,
    target: str,
    is_deg: float,
    root: DataRoot,
    *,
    pictures: int = 3,
    steps: int = 5,
) -> dict[str, Any]:
    """Steer a class's pictures towards a text, and say where they are after each step.

    Parameters
    ----------
    source
        A class: at most 200 of its pictures are steered, evenly over their ids.
    target
        A class, a phrase of the run's vocabulary, or any text, which the run's
        space then embeds as it stands.
    is_deg, steps
        The Image Score of the last step, and how many there are from 0 on, equally
        far apart. At 0 a picture is its own translation T f.
    pictures
        So many of the pictures, the first, come with the real pictures that are
        nearest to them after each step.

    Returns
    -------
    dict
        ``steps`` has the means over the pictures that a step can turn so far
        (``n_reached`` of ``n``; None where there are none), ``pictures`` the way of
        each: where no step turns one so far, ``epsilon`` and ``as_deg`` are None
        and ``nearest`` is empty. ``max_abs_logit_drift`` is that of the last step.

    Raises
    ------
    SteeringError
        If the angle or a number is not one that can be gone.
    UnknownModelError, UnknownClassError
        If the run has no such model, or no pictures of the class.
    """
    if not 0 < is_deg < 180:
        raise SteeringError(f"is_deg is {is_deg:g}; need an angle between 0 and 180 degrees")
    if steps < 2 or pictures < 0:
        raise SteeringError(f"got {steps} steps and {pictures} pictures; need at least 2 and 0")
    run = PublishedRun.named(run_id, root)
    stored = run.model(model)
    ids = _evenly(run.class_images(source))
    text = target_text(run, target)
    steering = Steering(stored.head[0], stored.spaces, stored.translator, text[None])
    z = stored.translator(stored.features.take(ids))
    angles_deg = np.linspace(0, is_deg, steps)
    found = steering.directions(z)
    # At 0 there is no step to calibrate: all pictures that have a direction are there already.
    start = np.where(found.length > 0, 0.0, np.nan)
    epsilon = np.hstack([start, *(found.step_for(angle) for angle in angles_deg[1:])])
    as_deg = np.hstack([start, *(found.after(step[:, None])[0] for step in epsilon.T[1:])])
    drift = steering.logit_drift(found, epsilon[:, -1:])
    limits = found.limit_deg[np.isfinite(found.limit_deg)]
    shown = slice(0, pictures)
    few = steering.directions(z[shown])
    moved = [steering.moved(z[shown], few, step[shown, None])[:, 0] for step in epsilon.T]
    return {
        "run_id": run.run_id,
        "model": model,
        "source": source,
        "target": target,
        "steps": [
            _summary(*columns) for columns in zip(angles_deg, epsilon.T, as_deg.T, strict=True)
        ],
        "limit_min_deg": _known(limits.min()) if limits.size else None,
        "max_abs_logit_drift": _largest(drift),
        "pictures": _ways(
            run, ids[shown], angles_deg, epsilon[shown], as_deg[shown], np.stack(moved, 1)
        ),
    }


def _evenly(ids: list[str]) -> list[str]:
    if len(ids) <= _MOST:
        return ids
    return [ids[i] for i in np.linspace(0, len(ids) - 1, _MOST).round().astype(int)]


def _summary(angle_deg: float, epsilon: np.ndarray, as_deg: np.ndarray) -> dict[str, Any]:
    reached = np.isfinite(as_deg)
    n, n_reached = len(as_deg), int(reached.sum())
    return {
        "is_deg": float(angle_deg),
        "n": n,
        "n_reached": n_reached,
        "reachable_share": n_reached / n,
        "as_mean_deg": float(as_deg[reached].mean()) if n_reached else None,
        "epsilon_mean": float(epsilon[reached].mean()) if n_reached else None,
    }


def _ways(
    run: PublishedRun,
    ids: list[str],
    angles_deg: np.ndarray,
    epsilon: np.ndarray,
    as_deg: np.ndarray,
    moved: np.ndarray,
) -> list[dict[str, Any]]:
    """Each picture's way, with the real pictures nearest to it (pictures × steps × space)."""
    there = np.isfinite(as_deg)
    nearest: list[list[tuple[str, float]]] = []
    if there.any():
        with progress("finding the nearest pictures", len(run.class_of), "pictures") as advance:
            found, apart = nearest_pictures(
                run.embeddings(), run.class_of, moved[there], _N_NEAREST, advance
            )
        nearest = [list(zip(*row, strict=True)) for row in zip(found, apart, strict=True)]
    shown = [*ids, *(image_id for row in nearest for image_id, _ in row)]
    paths = {row["image_id"]: row["path"] for row in run.ask("paths", images=shown).to_pylist()}
    after = iter(nearest)
    return [
        {
            "image_id": image_id,
            "path": paths[image_id],
            "steps": [
                {
                    "is_deg": float(angle),
                    "epsilon": _known(epsilon[n, q]),
                    "as_deg": _known(as_deg[n, q]),
                    "nearest": [
                        {"image_id": i, "path": paths[i], "angle_deg": _known(apart)}
                        for i, apart in (next(after) if there[n, q] else ())
                    ],
                }
                for q, angle in enumerate(angles_deg)
            ],
        }
        for n, image_id in enumerate(ids)
    ]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _largest(drift: np.ndarray) -> float | None:
    known = drift[np.isfinite(drift)]
    return float(known.max()) if known.size else None
