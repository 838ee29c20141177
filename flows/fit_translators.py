"""Fit each model's translator, and judge it on pictures it was not fitted on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file, save_file

from flows.decompose_heads import spaces_of
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.study import Study
from sing_core.equivalent_pairs import remove_null
from sing_core.image_folder import split
from sing_core.translator import (
    LinearTranslator,
    Moments,
    fit_validated,
)
from sing_core.translator_quality import TranslatorQuality
from sing_core.weights import BadWeightsError, read_state_dict
from warehouse import parquet
from warehouse.files import whole
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


class FitError(RuntimeError):
    """Pictures that no translator can be fitted on."""

    exit_code = 2


def check_enough(study: Study, images: pl.DataFrame) -> None:
    """Raise :class:`FitError` where there are too few pictures to fit, and to choose λ by."""
    if study.translator.file is None:
        _require_enough(parts_of(study, images))


def _require_enough(parts: dict[str, tuple[str, int]]) -> None:
    sides = [side for side, _ in parts.values()]
    n_train, n_validation = sides.count("train"), sides.count("validation")
    if n_train < 2 or n_validation < 1:
        raise FitError(
            f"{len(parts)} pictures leave {n_train} to fit on and {n_validation} to choose λ by, "
            "and at least 2 and 1 are needed; give some class three different pictures or more "
            "(copies count once)"
        )


def load_translator(run_id: str, model: str, root: DataRoot) -> LinearTranslator:
    """Load a stored translator."""
    tensors = load_file(root.translator(run_id, model))
    return LinearTranslator(weight=tensors["weight"], bias=tensors["bias"])


def fit_translator(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Fit, store and judge one model's translator; at once where that was done before.

    Raises
    ------
    FitError
        If there are too few pictures to fit and to choose λ by.
    """
    model, settings = head.about.model, inputs.study.translator
    path, table = root.translator(run_id, model), root.table(run_id, "translators", model)
    if path.exists() and table.exists():
        return
    parts = parts_of(inputs.study, inputs.images)
    class_texts, _ = inputs.texts.arrays()
    given = settings.file_of(model)
    if given is None:
        _require_enough(parts)
        fit = _fit(inputs, head, parts, class_texts.shape[1], root)
    else:
        translator = _read(given, class_texts.shape[1], head.about.n_features)
        fit = _Fit(translator, None, 0, 0, f"given, not fitted: {given.name}")
    with whole(path) as draft:
        save_file({"weight": fit.translator.weight, "bias": fit.translator.bias}, draft)
    quality = _judge(inputs, head, run_id, root, parts, fit.translator, class_texts)
    notes = [fit.note] if fit.note else []
    if not quality.n:
        notes.append("no picture was held out, so nothing says how good it is")
    row = {
        "run_id": run_id,
        "model": model,
        "intercept": bool(fit.translator.bias.any()),
        "ridge_lambda": fit.ridge_lambda,
        "n_fit": fit.n,
        "n_holdout": quality.n,
        **quality.result(),
        "n_validation": fit.n_validation,
        "message": "; ".join(notes) or None,
        "source": "fitted" if given is None else "given",
    }
    parquet.write(table, parquet.table("translators", row))


@dataclass(frozen=True)
class _Fit:
    """A translator, how it came about, and what to know about that."""

    translator: LinearTranslator
    ridge_lambda: float | None
    n: int
    n_validation: int
    note: str | None


def _fit(
    inputs: Inputs, head: Head, parts: dict[str, tuple[str, int]], n_targets: int, root: DataRoot
) -> _Fit:
    features = VectorFolder(inputs.features(head, root).folder)
    embeddings = VectorFolder(inputs.embeddings(root).folder)
    n_features = head.about.n_features
    train, validation = Moments(n_features, n_targets), Moments(n_features, n_targets)
    what = f"fitting the translator of {head.about.model}"
    with progress(what, len(parts), "pictures") as advance:
        for ids, x in features.shards(parts):
            y, part = embeddings.take(ids), np.array([parts[i][0] for i in ids])
            train.add(x[part == "train"], y[part == "train"])
            validation.add(x[part == "validation"], y[part == "validation"])
            advance(len(ids))
    n_validation = validation.n
    translator, lambdas, best = fit_validated(
        train, validation, intercept=inputs.study.translator.intercept
    )
    notes = []
    if train.n < 2 * n_features:
        notes.append(f"thin: {train.n} pictures to fit {n_features} features")
    if best in (0, len(lambdas) - 1):
        notes.append("the best ridge strength is at the end of those tried")
    return _Fit(translator, float(lambdas[best]), train.n, n_validation, "; ".join(notes) or None)


def _read(path: Path, n_space: int, n_features: int) -> LinearTranslator:
    """Read a given translator: one linear layer of exactly these shapes."""
    try:
        read = read_state_dict(path)
    except BadWeightsError as error:
        raise FitError(f"translator.file: {error}") from error
    state = {name.rpartition(".")[2]: value for name, value in read.items()}
    found = {name: tuple(value.shape) for name, value in state.items()}
    need = {"weight": (n_space, n_features), "bias": (n_space,)}
    if found != need:
        raise FitError(
            f"{path} holds {found}; a translator of this model into this space is one linear "
            f"layer with {need}"
        )
    weight, bias = (state[name].double().numpy() for name in ("weight", "bias"))
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise FitError(f"{path} holds NaN or infinity; need finite weights")
    if not weight.any():
        raise FitError(f"{path} holds zeros: it translates all features alike; need a fitted one")
    return LinearTranslator(weight, bias)


def parts_of(study: Study, images: pl.DataFrame) -> dict[str, tuple[str, int]]:
    """Each picture's part (train, validation or holdout) and class."""
    settings = study.translator
    fit = images.filter(pl.col("split") == "fit")
    # Another seed: with the same one the order that chose the held-out pictures would go on.
    side = split(fit, holdout=settings.validation, seed=settings.seed + 1)
    chosen = set(fit.filter(side == "holdout")["image_id"])
    return {
        image_id: (
            "holdout" if where == "holdout" else "validation" if image_id in chosen else "train",
            class_index,
        )
        for image_id, where, class_index in images.select(
            "image_id", "split", "class_index"
        ).iter_rows()
    }


def _judge(
    inputs: Inputs,
    head: Head,
    run_id: str,
    root: DataRoot,
    parts: dict[str, tuple[str, int]],
    translator: LinearTranslator,
    class_texts: np.ndarray,
) -> TranslatorQuality:
    spaces = spaces_of(head, run_id, root)
    features = VectorFolder(inputs.features(head, root).folder)
    embeddings = VectorFolder(inputs.embeddings(root).folder)
    quality = TranslatorQuality(class_texts)
    for ids, x in features.shards(parts):
        held = [n for n, i in enumerate(ids) if parts[i][0] == "holdout"]
        if held:
            names = [ids[n] for n in held]
            quality.add(
                embeddings.take(names),
                translator(x[held]),
                translator(remove_null(x[held], spaces)),
                np.array([parts[i][1] for i in names]),
            )
    return quality
