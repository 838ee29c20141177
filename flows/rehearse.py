"""Rehearse a study: random weights and drawn pictures through the whole line, model by model.

Weights are written as files of the right shapes, and the study is carried out
over them by the code that would carry it out over the real ones. What this
proves: every name builds, every head is found and is the model's own, every
model's features are translated, scored and published. What it cannot prove: a
download, and the real head's rank.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from flows.doctor import examine
from flows.pipeline import run_study
from flows.study.analysis import Translator
from flows.study.class_lists import chosen_folders, given_classes
from flows.study.model import Model
from flows.study.study import Study
from flows.terminal.failures import reason
from flows.terminal.progress import say
from sing_core.networks.heads import head_classes
from sing_core.networks.random_weights import save_backbone_and_head, save_classifier, save_space
from warehouse.layout import DataRoot

#: Few, because the largest models take seconds a picture on a CPU: of four a class, two are fitted
#: on, one chooses λ, and one is held out.
_N_CLASSES, _PER_CLASS = 3, 4

#: Pictures a model sees at once: small, for the memory of the largest.
_BATCH_SIZE = 4

#: Classes of a separate head that is not there and that no list of names tells: ImageNet's.
_USUAL_CLASSES = 1000

#: What is told of a model's head.
_FOUND = ("classes", "features", "rank", "null_dim", "null_share", "expected_share")


class NothingToRehearseError(ValueError):
    """A study of arrays: there are no networks to build."""

    exit_code = 2


def rehearse(study: Study) -> list[dict[str, Any]]:
    """One row a model: its head's shape and null space, whether it goes through, or why not.

    A head whose shape leaves no exact null space, such as 768 features for 1000
    classes, goes through if that is what is found: a run says so and goes on
    without the model.

    Raises
    ------
    NothingToRehearseError
        If a model or the space is given as arrays.
    """
    given = [model.id for model in study.models if model.timm is None]
    if given or study.space.model is None:
        raise NothingToRehearseError(
            f"{', '.join(given) or study.space.name} is given as arrays, which have no weights to "
            "rehearse with; `sing doctor` without --random-weights judges the heads"
        )
    with TemporaryDirectory(prefix="sing-rehearsal-") as folder:
        stage = _set(study, Path(folder))
        rows = []
        for n, model in enumerate(study.models, 1):
            say(f"{model.id} ({n} of {len(study.models)}): random weights")
            began = time.monotonic()
            row = _rehearse_model(study, model, stage)
            rows.append(row | {"seconds": round(time.monotonic() - began, 1)})
            say(f"{model.id} goes through: {row['goes_through']}")
        return rows


@dataclass(frozen=True)
class _Stage:
    """What all models of a rehearsal share: a study without models, and a place."""

    folder: Path
    study: Study

    @property
    def root(self) -> DataRoot:
        return DataRoot(self.folder / "data")


def _set(study: Study, folder: Path) -> _Stage:
    assert study.space.model is not None
    say(f"{study.space.name}: random weights")
    save_space(folder / "space", study.space.model, study.space.pretrained)
    _draw_pictures(folder / "pictures", _folders(study))
    shared = study.model_copy(
        update={
            "images": study.images.model_copy(
                update={
                    "root": folder / "pictures",
                    "shapes": None,
                    "limit": None,
                    "limit_per_class": None,
                }
            ),
            "space": study.space.model_copy(
                # One sentence a name: a thousand names take a large text tower minutes on a CPU.
                update={
                    "model": f"local-dir:{folder / 'space'}",
                    "pretrained": None,
                    "templates": study.space.templates[:1],
                }
            ),
            "translator": Translator(intercept=study.translator.intercept),
            "analysis": study.analysis.model_copy(
                update={"bootstrap_draws": 100, "batch_size": _BATCH_SIZE}
            ),
        }
    )
    return _Stage(folder, shared)


def _folders(study: Study) -> list[str]:
    """Class folders to draw pictures in: the first of the study's, in the head's order."""
    given = given_classes(study.images)
    if given is None:
        return list(study.images.classes or [f"class-{n}" for n in range(_N_CLASSES)])[:_N_CLASSES]
    chosen = chosen_folders(study.images, given)
    return [folder for folder in given.folders if folder in chosen][:_N_CLASSES]


def _draw_pictures(root: Path, folders: list[str]) -> None:
    rng = np.random.default_rng(0)
    for folder in folders:
        (root / folder).mkdir(parents=True)
        for n in range(_PER_CLASS * _N_CLASSES // len(folders)):
            # Large squares of one color: noise would be averaged away before a model saw it.
            squares = rng.integers(0, 256, (4, 4, 3), np.uint8)
            picture = Image.fromarray(squares).resize((64, 64), Image.Resampling.NEAREST)
            picture.save(root / folder / f"{n}.png")


def _rehearse_model(study: Study, model: Model, stage: _Stage) -> dict[str, Any]:
    row: dict[str, Any] = {
        "model": model.id,
        "architecture": model.name,
        **dict.fromkeys(_FOUND),
        "goes_through": "no",
        "why": None,
    }
    try:
        # Its files are gone before the next model's come: the largest has 4.5 GB.
        with TemporaryDirectory(dir=stage.folder) as folder:
            rehearsed = _with_random_weights(study, model, Path(folder))
            return row | _carry_out(study, rehearsed, stage)
    except Exception as error:  # what stops one model must not hide the others
        return row | {"why": reason(error)}


def _carry_out(study: Study, rehearsed: Model, stage: _Stage) -> dict[str, Any]:
    alone = stage.study.model_copy(update={"models": (rehearsed,)})
    (examined,) = examine(alone, stage.root)
    found = {key: examined.get(key) for key in _FOUND}
    expected = _expected_null_dim(study, examined["classes"], examined["features"])
    if expected is not None:
        found["expected_share"] = expected / examined["features"]
        if examined["null_dim"] != expected:
            why = f"its null space has {examined['null_dim']} dimensions, not {expected}"
            return found | {"why": why}
    if not examined["analyzable"] and examined["null_dim"]:
        return found | {"why": examined["note"]}
    if not examined["analyzable"]:
        why = f"no exact null space: {examined['note']}"
        return found | {"goes_through": "yes", "why": why}
    run_study(alone, stage.root)
    return found | {"goes_through": "yes"}


def _with_random_weights(study: Study, model: Model, folder: Path) -> Model:
    """Return the model with files of random weights in place of its own."""
    checkpoint, head_file = folder / "model.safetensors", folder / "head.safetensors"
    update = {
        "timm": model.name, "pretrained": False, "checkpoint": checkpoint, "checkpoint_key": None,
    }  # fmt: skip
    n_classes = _n_classes(study, model)
    if model.head is None:
        save_classifier(checkpoint, model.name, model.args, n_classes, model.asked)
        return model.model_copy(update=update)
    save_backbone_and_head(
        checkpoint, head_file, model.name, model.args,
        head_input=model.head_input, n_classes=n_classes or _USUAL_CLASSES,
        asked=model.asked,
    )  # fmt: skip
    return model.model_copy(update=update | {"head": head_file})


def _n_classes(study: Study, model: Model) -> int | None:
    """How many classes a model's head has: as its file says, else as many as there are names."""
    own = model.head or model.checkpoint
    if own is None or own.exists():
        return head_classes(
            model.name,
            checkpoint=model.checkpoint,
            checkpoint_key=model.checkpoint_key,
            head=model.head,
        )
    given = given_classes(study.images)
    return len(given.names) if given else None


def _expected_null_dim(study: Study, n_classes: int, n_features: int) -> int | None:
    """What a head of this shape leaves; None where a cut decides, which depends on the weights."""
    if study.null_space.mode != "exact" or study.null_space.rtol is not None:
        return None
    most = min(n_classes, n_features)
    return n_features - min(study.null_space.rank or most, most)
