"""Decompose each model's head, and store what it can see and what not."""

import difflib
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from flows.find_images import Manifest
from flows.prepare_models import Head
from flows.runs import Inputs
from flows.study import NullSpace, listed
from sing_core.null_space import (
    HeadDecomposition,
    NoNullSpaceError,
    centered_rows,
    decompose_head,
    rank_by_energy,
    rank_within_budget,
    require_null_space,
)
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: Below this ratio of neighboring singular values, noise may have decided the rank.
CLEAR_GAP = 10.0

#: Pictures that a measured cut is chosen on, at most.
_MEASURED_ON = 2000


class NoSuchClassError(ValueError):
    """A class of ``null_space.classes`` that the head does not have."""

    exit_code = 2


def spaces_of(head: Head, run_id: str, root: DataRoot) -> HeadDecomposition:
    """Return a model's principal and null space, as the run's table ``models`` describes them."""
    row = parquet.read_row(root.table(run_id, "models", head.about.model))
    rows = tuple(int(i) for i in (row["null_classes"] or "").split())
    return _stored(head.path, row["null_mode"] == "softmax", rows, int(row["rank"]))


# Two: a model's steps ask for it in turn, and a basis of 4096 features takes 134 MB.
@lru_cache(maxsize=2)
def _stored(path: Path, centered: bool, rows: tuple[int, ...], rank: int) -> HeadDecomposition:
    return decompose_head(_weight(path, centered, rows), rank=rank)


def _weight(path: Path, centered: bool, rows: tuple[int, ...]) -> np.ndarray:
    weight = load_file(path)["weight"].astype(np.float64)
    if centered:
        weight = centered_rows(weight)
    return weight[list(rows)] if rows else weight


def _split(
    head: Head, null_space: NullSpace, rows: tuple[int, ...], rank: int | None
) -> HeadDecomposition:
    weight = _weight(head.path, null_space.mode == "softmax", rows)
    if null_space.energy is not None:
        rank = rank_by_energy(weight, null_space.energy)
    return decompose_head(weight, dtype=head.about.storage_dtype, rank=rank, rtol=null_space.rtol)


def _chosen(null_space: NullSpace, manifest: Manifest, head: Head) -> tuple[int, ...]:
    """Rows of the head that count: those of the chosen classes, or none for all."""
    if null_space.mode != "classes":
        return ()
    return _rows(null_space.classes, head_class_names(manifest, head), head.about.model)


def _rows(classes: tuple[str, ...], names: list[str], model: str) -> tuple[int, ...]:
    place = {name: i for i, name in enumerate(names)}
    for name in classes:
        if name not in place:
            close = difflib.get_close_matches(name, names, n=4, cutoff=0.5)
            raise NoSuchClassError(
                f"null_space.classes: {model} has no class {name!r}; known: "
                f"{listed(close or names)}"
            )
    return tuple(sorted({place[name] for name in classes}))


def head_class_names(manifest: Manifest, head: Head) -> list[str]:
    """Names of the head's own classes, in its order.

    The study's where it lists them, or has a folder a class; else ImageNet's, by
    timm, where the number of classes says so; else numbers.
    """
    names = manifest.class_names
    if manifest.heads_classes or len(names) == head.about.n_classes:
        return names
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": head.about.n_classes})
    if subset:
        info = ImageNetInfo(subset)
        return [info.index_to_description(i).split(",")[0] for i in range(info.num_classes())]
    return [f"class {i}" for i in range(head.about.n_classes)]


def decompose(
    head: Head, null_space: NullSpace, manifest: Manifest, measured_rank: int | None = None
) -> tuple[HeadDecomposition, str | None, bool]:
    """Decompose a head; returns it, what to know about it, and whether it can be analyzed.

    Parameters
    ----------
    measured_rank
        The rank found on data, where the study's rule is a measured one.
    """
    rank = measured_rank if null_space.is_measured else null_space.rank
    limit = min(head.about.n_classes, head.about.n_features)
    if null_space.mode == "classes":
        limit = min(limit, len(set(null_space.classes)))
    if rank is not None and rank > limit:
        why = (
            f"null_space.rank is {rank}, but a head of {head.about.n_classes} classes and "
            f"{head.about.n_features} features has a rank of at most {limit}; give a smaller one"
        )
        return _split(head, NullSpace(), (), None), why, False
    parts = _split(head, null_space, _chosen(null_space, manifest, head), rank)
    try:
        require_null_space(parts, head.about.n_classes)
    except NoNullSpaceError as error:
        why = str(error)
        if null_space.mode == "approx" and parts.rank:
            why = (
                f"the budget ({null_space.rule}) leaves no direction that can be removed; give a "
                "larger one"
            )
        elif null_space.mode == "softmax" and parts.rank:
            why = f"in mode softmax every direction moves some probability; {why}"
        return parts, why, False
    return parts, _note(parts, null_space), True


def _note(parts: HeadDecomposition, null_space: NullSpace) -> str | None:
    if null_space.mode == "approx" or null_space.rank is not None or null_space.rtol is not None:
        return (
            f"the null space is approximate ({null_space.rule}): removing it may move logits, "
            "see logit_drift_q99, kl_mean and flipped_share in model_scores"
        )
    if parts.gap < CLEAR_GAP:
        return (
            f"the rank is uncertain: the singular values around the cut are {parts.sigma_rank:.3g} "
            f"and {parts.sigma_next:.3g}, less than a factor of {CLEAR_GAP:g} apart"
        )
    return None


def describe_head(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> str | None:
    """Store a model's row of table ``models``; return why it cannot be analyzed, or None."""
    null_space = inputs.study.null_space
    rank = _measure_rank(inputs, head, root) if null_space.is_measured else None
    parts, message, analyzable = decompose(head, null_space, inputs.manifest, rank)
    about = head.about
    row = parquet.table(
        "models",
        {
            "run_id": run_id,
            "model": about.model,
            "architecture": about.architecture,
            "weights_sha256": about.weights_sha256,
            "n_features": about.n_features,
            "n_classes": about.n_classes,
            "storage_dtype": about.storage_dtype,
            "rank": parts.rank,
            "null_dim": parts.null_dim,
            "sigma_max": parts.sigma_max,
            "sigma_rank": parts.sigma_rank if parts.rank else 0.0,
            "sigma_next": parts.sigma_next,
            "null_mode": null_space.mode,
            "null_rule": null_space.rule,
            "null_classes": " ".join(map(str, _chosen(null_space, inputs.manifest, head))) or None,
            "sigma_cutoff": parts.cutoff,
            "sigma_gap": parts.gap if math.isfinite(parts.gap) else None,
            "orthonormality": parts.orthonormality,
            "null_leak": parts.leak,
            "logit_proof_max_abs": about.logit_proof_max_abs,
            "message": message,
            "scored": analyzable,
        },
    )
    parquet.write(root.table(run_id, "models", about.model), row)
    return None if analyzable else message


def _measure_rank(inputs: Inputs, head: Head, root: DataRoot) -> int:
    null_space, images = inputs.study.null_space, inputs.images
    ids = images.filter(images["split"] == "fit")["image_id"].sort()[:_MEASURED_ON].to_list()
    return rank_within_budget(
        *head.arrays(), VectorFolder(inputs.features(head, root).folder).take(ids),
        quantile=null_space.drift_quantile, max_drift=null_space.max_drift,
        max_flips=null_space.max_flips,
    )  # fmt: skip
