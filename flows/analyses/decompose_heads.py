"""Decompose each model's head, and store what it can see and what not."""

import math
from dataclasses import dataclass

import numpy as np

from flows.features.head_classes import head_class_names
from flows.features.prepared_model import PreparedModel
from flows.runs.extracted import ExtractedRun
from flows.study.analysis import NullSpace
from flows.study.class_lists import ClassList
from flows.study.class_names import AmbiguousClassError, index_of
from flows.terminal.lists import close_to
from sing_core.geometry.null_space import (
    HeadDecomposition,
    NoNullSpaceError,
    decompose_head,
    factor_head,
    require_null_space,
    seen_weight,
)
from sing_core.geometry.rank_rules import rank_by_energy, rank_within_budget
from warehouse.layout import DataRoot
from warehouse.stored import parquet
from warehouse.stored.run_folder import RunFolder
from warehouse.stored.vectors import VectorFolder

#: Below this ratio of neighboring singular values, noise may have decided the rank.
CLEAR_GAP = 10.0

#: Pictures that a measured cut is chosen on, at most.
_MEASURED_ON = 2000


class NoSuchClassError(ValueError):
    """A class of ``null_space.classes`` that the head does not have, or has several of."""

    exit_code = 2


@dataclass(frozen=True)
class Decomposed:
    """A head, decomposed by a study's rule.

    Attributes
    ----------
    chosen
        Outputs that count, in mode ``classes``; none for all.
    message
        What to know about it; where it cannot be analyzed, why.
    """

    spaces: HeadDecomposition
    chosen: tuple[int, ...]
    message: str | None
    is_analyzable: bool


def decompose(
    model: PreparedModel,
    null_space: NullSpace,
    classes: ClassList,
    features: np.ndarray | None = None,
) -> Decomposed:
    """Decompose a model's head.

    Parameters
    ----------
    features
        Some of the model's, where the study's rule is measured on them.
    """
    chosen = _chosen(model, null_space, classes)
    weight, bias = model.head()
    rank, limit = null_space.rank, min(len(chosen) or model.n_classes, model.n_features)
    if rank is not None and rank > limit:
        why = (
            f"null_space.rank is {rank}, but a head of {model.n_classes} classes and "
            f"{model.n_features} features has a rank of at most {limit}; give a smaller one"
        )
        return Decomposed(decompose_head(weight, dtype=model.storage_dtype), chosen, why, False)
    by_measure = features if null_space.is_measured else None
    factors = factor_head(seen_weight(weight, null_space.mode, chosen))
    if null_space.energy is not None:
        rank = rank_by_energy(factors.singular_values, null_space.energy)
    if by_measure is not None:
        rank = rank_within_budget(
            weight, bias, factors.directions, by_measure,
            quantile=null_space.drift_quantile, max_drift=null_space.max_drift,
            max_flips=null_space.max_flips,
        )  # fmt: skip
    spaces = decompose_head(factors, dtype=model.storage_dtype, rank=rank, rtol=null_space.rtol)
    try:
        require_null_space(spaces, model.n_classes)
    except NoNullSpaceError as error:
        return Decomposed(spaces, chosen, _why_not(spaces, null_space, str(error)), False)
    return Decomposed(spaces, chosen, _note(spaces, null_space), True)


def _chosen(model: PreparedModel, null_space: NullSpace, classes: ClassList) -> tuple[int, ...]:
    """Outputs of the head that count: those of the chosen classes, or none for all."""
    if null_space.mode != "classes":
        return ()
    names = head_class_names(model, classes)
    of_class, chosen = dict(enumerate(names)), set()
    for name in null_space.classes:
        try:
            index = index_of(name, of_class)
        except AmbiguousClassError as error:
            raise NoSuchClassError(f"null_space.classes: {error}") from error
        if index is None:
            raise NoSuchClassError(
                f"null_space.classes: {model.id} has no class {name!r}; known: "
                f"{close_to(name, names)}"
            )
        chosen.add(index)
    return tuple(sorted(chosen))


def _why_not(spaces: HeadDecomposition, null_space: NullSpace, why: str) -> str:
    if null_space.mode == "approx" and spaces.rank:
        return (
            f"the budget ({null_space.rule}) leaves no direction that can be removed; give a "
            "larger one"
        )
    if null_space.mode == "softmax" and spaces.rank:
        return f"in mode softmax every direction moves some probability; {why}"
    return why


def _note(spaces: HeadDecomposition, null_space: NullSpace) -> str | None:
    if null_space.mode == "approx" or null_space.rank is not None or null_space.rtol is not None:
        return (
            f"the null space is approximate ({null_space.rule}): removing it may move logits, "
            "see logit_drift_q99, kl_mean and flipped_share in model_scores"
        )
    if spaces.gap < CLEAR_GAP:
        return (
            f"the rank is uncertain: the singular values around the cut are {spaces.sigma_rank:.3g}"
            f" and {spaces.sigma_next:.3g}, less than a factor of {CLEAR_GAP:g} apart"
        )
    return None


def describe_head(
    run_id: str, root: DataRoot, model: PreparedModel, null_space: NullSpace, decomposed: Decomposed
) -> None:
    """Store a model's row of table ``models``."""
    spaces = decomposed.spaces
    columns = {
        "run_id": run_id,
        "model": model.id,
        "architecture": model.architecture,
        "weights_sha256": model.weights_sha256,
        "n_features": model.n_features,
        "n_classes": model.n_classes,
        "storage_dtype": model.storage_dtype,
        "rank": spaces.rank,
        "null_dim": spaces.null_dim,
        "sigma_max": spaces.sigma_max,
        "sigma_rank": spaces.sigma_rank if spaces.rank else 0.0,
        "sigma_next": spaces.sigma_next,
        "null_mode": null_space.mode,
        "null_rule": null_space.rule,
        "null_classes": " ".join(map(str, decomposed.chosen)) or None,
        "sigma_cutoff": spaces.cutoff,
        "sigma_gap": spaces.gap if math.isfinite(spaces.gap) else None,
        "orthonormality": spaces.orthonormality,
        "null_leak": spaces.leak,
        "logit_proof_max_abs": model.logit_proof_max_abs,
        "message": decomposed.message,
        "scored": decomposed.is_analyzable,
        "weights_entry": model.weights_entry or None,
        "preprocessing": model.preprocessing,
        "precision": model.precision,
        "precision_angle_deg": model.precision_angle_deg,
    }
    RunFolder(root, run_id).write("models", parquet.table("models", columns), model.id)


def features_to_measure(run: ExtractedRun, model: PreparedModel) -> np.ndarray:
    """Features that a measured cut is chosen on: of pictures to fit on, at most 2,000."""
    ids = run.images.filter(run.images["split"] == "fit")["image_id"].sort()[:_MEASURED_ON]
    return VectorFolder(run.model(model).features_folder).take(ids.to_list())
