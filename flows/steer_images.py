"""Steer pictures towards texts inside one model's null space, and towards every other class."""

import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.sampled import Sample, sample_of
from flows.study import listed
from sing_core.steering import Directions, Steering
from warehouse import parquet
from warehouse.layout import DataRoot

#: Image Scores that curves are drawn through.
CURVE_IS_DEG = (5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0)

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
        If one is neither.
    """
    class_texts, concept_texts = inputs.texts.arrays()
    class_names = inputs.manifest.class_names
    wanted = inputs.study.steering.targets
    if not wanted:
        used = np.unique(inputs.manifest.images["class_index"].to_numpy())
        some = used[np.unique(np.linspace(0, len(used) - 1, _N_TARGETS).round().astype(int))]
        return Targets([class_names[i] for i in some], class_texts[some])
    texts = dict(zip([phrase for _, phrase in inputs.concepts], concept_texts, strict=True))
    texts |= dict(zip(class_names, class_texts, strict=True))
    for name in wanted:
        if name not in texts:
            close = difflib.get_close_matches(name, texts, n=4, cutoff=0.5)
            raise NoSuchTargetError(
                f"steering.targets: {name!r} is neither a class nor a phrase of concepts.file; "
                f"known: {listed(close or list(texts))}"
            )
    names = list(dict.fromkeys(wanted))
    return Targets(names, np.array([texts[name] for name in names]))


def steer_images(inputs: Inputs, head: Head, targets: Targets, run_id: str, root: DataRoot) -> None:
    """Store a model's tables of steering; at once if done before."""
    model, settings = head.about.model, inputs.study.steering
    last = root.table(run_id, "class_confusion", model)
    if last.exists():
        return
    run = {"run_id": run_id, "model": model}
    spaces, translator = (
        spaces_of(head, run_id, root),
        load_translator(run_id, model, root),
    )
    weight, _ = head.arrays()
    every_class, _ = inputs.texts.arrays()
    sample = sample_of(inputs, _MOST, settings.images_per_class).by_class()
    features = sample.features(inputs, head, root)
    to_targets = Steering(weight, spaces, translator, targets.texts)
    to_classes = to_targets.towards(every_class)
    n_classes = len(every_class)
    confusion = _Confusion(n_classes)
    curves = _Curves(n_classes, len(targets.names))
    with (
        parquet.streaming(root.table(run_id, "steering", model), "steering") as rows,
        progress(f"steering with {model}", len(features), "pictures") as advance,
    ):
        step = max(1, _CELLS // n_classes)
        translated, class_index = translator(features), sample.class_index
        for start in range(0, len(features), step):
            piece = slice(start, start + step)
            z, classes = translated[piece], class_index[piece]
            found = to_targets.directions(z)
            some = _steered(to_targets, found, settings.target_is_deg)
            rows.write_table(_rows(run, sample, piece, targets, settings.target_is_deg, some))
            curves.add(found, classes)
            found = to_classes.directions(z)
            as_deg, is_deg = found.after(found.step_for(settings.target_is_deg))
            confusion.add(classes, as_deg, is_deg)
            advance(len(z))
    names = inputs.manifest.class_names
    tables = {
        "steering_curves": curves.result(names, targets.names),
        "class_confusion": {
            "target_is_deg": settings.target_is_deg, **confusion.result(names),
        },
    }  # fmt: skip
    for name, columns in tables.items():
        parquet.write(root.table(run_id, name, model), parquet.table(name, {**run, **columns}))


def _steered(steering: Steering, found: Directions, is_deg: float) -> dict[str, np.ndarray]:
    step = found.step_for(is_deg)
    as_deg, reached_deg = found.after(step)
    return {
        "epsilon": step,
        "reachable": found.reachable(is_deg),
        "as_deg": as_deg,
        "is_deg": reached_deg,
        "limit_deg": found.limit_deg,
        "max_abs_logit_drift": steering.logit_drift(found, step),
    }


def _rows(
    run: dict[str, str],
    sample: Sample,
    piece: slice,
    targets: Targets,
    is_deg: float,
    found: dict[str, np.ndarray],
) -> pa.Table:
    ids, k = sample.ids[piece], len(targets.names)
    return parquet.table(
        "steering",
        {
            **run,
            "image_id": pa.array(ids).take(np.repeat(np.arange(len(ids)), k)),
            "target": pa.array(targets.names).take(np.tile(np.arange(k), len(ids))),
            "target_is_deg": is_deg,
            **{name: column.reshape(-1) for name, column in found.items()},
        },
    )


class _Sums:
    """Counts, sums and sums of squares a cell of classes × others, over what is defined."""

    def __init__(self, n_classes: int, n_others: int) -> None:
        self.n = np.zeros(n_classes, dtype=np.int64)
        self.defined, self.total, self.squares = (np.zeros((n_classes, n_others)) for _ in range(3))

    def add(self, classes: np.ndarray, values: np.ndarray) -> None:
        """Take in a batch that is sorted by class."""
        rows, start, count = np.unique(classes, return_index=True, return_counts=True)
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        self.n[rows] += count
        self.defined[rows] += np.add.reduceat(known, start, axis=0, dtype=np.float64)
        self.total[rows] += np.add.reduceat(filled, start, axis=0)
        self.squares[rows] += np.add.reduceat(np.square(filled), start, axis=0)

    def mean(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.total / self.defined

    def sd(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (self.squares - self.total * self.mean()) / (self.defined - 1)
        return np.where(self.defined > 1, np.sqrt(np.maximum(variance, 0)), np.nan)

    def share(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.defined / self.n[:, None]


class _Confusion:
    """Class by class: how far the images of one can be moved towards another."""

    def __init__(self, n_classes: int) -> None:
        self._as, self._is = _Sums(n_classes, n_classes), _Sums(n_classes, n_classes)

    def add(self, classes: np.ndarray, as_deg: np.ndarray, is_deg: np.ndarray) -> None:
        self._as.add(classes, as_deg)
        self._is.add(classes, is_deg)

    def result(self, names: list[str]) -> dict[str, Any]:
        apart = ~np.eye(len(names), dtype=bool)
        source, target = np.nonzero((self._as.n > 0)[:, None] & apart)
        at = source, target
        words = pa.array(names)
        return {
            "source_class": words.take(source),
            "target_class": words.take(target),
            "n": self._as.n[source],
            "n_reached": self._as.defined[at].astype(np.int64),
            "as_mean_deg": self._as.mean()[at],
            "as_sd_deg": self._as.sd()[at],
            "is_mean_deg": self._is.mean()[at],
            "reachable_share": self._as.share()[at],
        }


class _Curves:
    """AS over IS: each class's images towards each target, one step length after the other."""

    def __init__(self, n_classes: int, n_targets: int) -> None:
        self._as, self._step = (
            [_Sums(n_classes, n_targets) for _ in CURVE_IS_DEG] for _ in range(2)
        )

    def add(self, found: Directions, classes: np.ndarray) -> None:
        for is_deg, as_sums, step_sums in zip(CURVE_IS_DEG, self._as, self._step, strict=True):
            step = found.step_for(is_deg)
            as_sums.add(classes, found.after(step)[0])
            step_sums.add(classes, step)

    def result(self, names: list[str], targets: list[str]) -> dict[str, Any]:
        source, target = np.nonzero(np.repeat((self._as[0].n > 0)[:, None], len(targets), axis=1))
        at, q = (source, target), len(CURVE_IS_DEG)

        def column(sums: list[_Sums], what: str) -> np.ndarray:
            return np.concatenate([getattr(some, what)()[at] for some in sums])

        return {
            "source_class": pa.array(names).take(np.tile(source, q)),
            "target": pa.array(targets).take(np.tile(target, q)),
            "is_deg": np.repeat(CURVE_IS_DEG, len(source)),
            "n": np.tile(self._as[0].n[source], q),
            "reachable_share": column(self._as, "share"),
            "as_mean_deg": column(self._as, "mean"),
            "as_sd_deg": column(self._as, "sd"),
            "epsilon_mean": column(self._step, "mean"),
        }
