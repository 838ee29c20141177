"""Fit each model's translator, and judge it on pictures it was not fitted on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import LinearTranslator, fit_notes, fit_validated
from sing_core.networks.weights import BadWeightsError, read_state_dict
from sing_core.scores.translator_quality import TranslatorQuality


class GivenTranslatorError(RuntimeError):
    """A translator that a study gives, and that cannot be used."""

    exit_code = 2


def fit_translator(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Fit, store and judge one model's translator.

    Raises
    ------
    TooFewPicturesError
        If there are too few pictures to fit and to choose λ by.
    GivenTranslatorError
        If a given translator does not fit the model.
    """
    given = run.study.translator.file_of(model.id)
    if given is None:
        run.parts.require_enough(run.study.images)
        fit = _fit(run, model, advance)
    else:
        translator = _read(given, run.class_texts.shape[1], model.prepared.n_features)
        fit = _Fit(translator, None, 0, 0, f"given, not fitted: {given.name}")
        advance(len(run.images))
    model.save_translator(fit.translator)
    quality = _judge(run, model, fit.translator)
    notes = [fit.note] if fit.note else []
    if not quality.n:
        notes.append("no picture was held out, so nothing says how good it is")
    model.write(
        "translators",
        {
            "intercept": bool(fit.translator.bias.any()),
            "ridge_lambda": fit.ridge_lambda,
            "n_fit": fit.n,
            "n_holdout": quality.n,
            **quality.result(),
            "n_validation": fit.n_validation,
            "message": "; ".join(notes) or None,
            "source": "fitted" if given is None else "given",
            "space_precision": run.inputs.texts.precision,
            "space_precision_angle_deg": run.inputs.texts.precision_angle_deg,
        },
    )


@dataclass(frozen=True)
class _Fit:
    """A translator, how it came about, and what to know about that."""

    translator: LinearTranslator
    ridge_lambda: float | None
    n: int
    n_validation: int
    note: str | None


def _fit(run: ExtractedRun, model: StoredModel, advance: Advance) -> _Fit:
    parts, embeddings = run.parts, run.embeddings
    n_features, n_targets = model.prepared.n_features, run.class_texts.shape[1]
    train, validation = Moments(n_features, n_targets), Moments(n_features, n_targets)
    for ids, x in model.features.shards(parts.ids):
        y, part = embeddings.take(ids), parts.of_ids(ids)
        train.add(x[part == "train"], y[part == "train"])
        validation.add(x[part == "validation"], y[part == "validation"])
        advance(len(ids))
    translator, lambdas, best = fit_validated(
        train, validation, intercept=run.study.translator.intercept
    )
    n = train.n + validation.n
    notes = fit_notes(n, n_features, best, len(lambdas), "pictures")
    return _Fit(translator, float(lambdas[best]), n, validation.n, "; ".join(notes) or None)


def _read(path: Path, n_space: int, n_features: int) -> LinearTranslator:
    """Read a given translator: one linear layer of exactly these shapes."""
    try:
        read = read_state_dict(path)
    except BadWeightsError as error:
        raise GivenTranslatorError(f"translator.file: {error}") from error
    state = {name.rpartition(".")[2]: value for name, value in read.items()}
    found = {name: tuple(value.shape) for name, value in state.items()}
    need = {"weight": (n_space, n_features), "bias": (n_space,)}
    if found != need:
        raise GivenTranslatorError(
            f"{path} holds {found}; a translator of this model into this space is one linear "
            f"layer with {need}"
        )
    weight, bias = (state[name].double().numpy() for name in ("weight", "bias"))
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise GivenTranslatorError(f"{path} holds NaN or infinity; need finite weights")
    if not weight.any():
        raise GivenTranslatorError(
            f"{path} holds zeros: it translates all features alike; need a fitted one"
        )
    return LinearTranslator(weight, bias)


def _judge(
    run: ExtractedRun, model: StoredModel, translator: LinearTranslator
) -> TranslatorQuality:
    parts, embeddings = run.parts, run.embeddings
    quality = TranslatorQuality(run.class_texts)
    for ids, x in model.features.shards(parts.ids):
        held = np.flatnonzero(parts.of_ids(ids) == "holdout")
        if len(held):
            names = [ids[n] for n in held]
            quality.add(
                embeddings.take(names),
                translator(x[held]),
                translator(remove_null(x[held], model.spaces)),
                parts.classes(names),
            )
    return quality


FIT_TRANSLATOR = Analysis(
    name="fitting the translator",
    leaves=("translators",),
    files=lambda model: (model.translator_file,),
    needs=("models",),
    carry_out=fit_translator,
)
