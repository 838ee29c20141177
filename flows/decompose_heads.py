"""Decompose each model's head, and store what it can see and what not."""

import math

from flows.prepare_models import Head
from flows.study import NullSpace, Study
from sing_core.null_space import HeadDecomposition, NoNullSpaceError, require_null_space
from warehouse import parquet
from warehouse.layout import DataRoot

#: Below this ratio of neighboring singular values, noise may have decided the rank.
CLEAR_GAP = 10.0


def decompose(head: Head, study: Study) -> tuple[HeadDecomposition, str | None, bool]:
    """Decompose a head; returns it, what to know about it, and whether it can be analyzed."""
    rank, limit = study.null_space.rank, min(head.about.n_classes, head.about.n_features)
    if rank is not None and rank > limit:
        why = (
            f"null_space.rank is {rank}, but a head of {head.about.n_classes} classes and "
            f"{head.about.n_features} features has a rank of at most {limit}; give a smaller one"
        )
        return head.decompose(NullSpace()), why, False
    parts = head.decompose(study.null_space)
    try:
        require_null_space(parts, head.about.n_classes)
    except NoNullSpaceError as error:
        return parts, str(error), False
    if parts.gap < CLEAR_GAP:
        return parts, (
            f"the rank is uncertain: the singular values around the cut are {parts.sigma_rank:.3g} "
            f"and {parts.sigma_next:.3g}, less than a factor of {CLEAR_GAP:g} apart"
        ), True  # fmt: skip
    return parts, None, True


def describe_head(head: Head, study: Study, run_id: str, root: DataRoot) -> str | None:
    """Store a model's row of table ``models``; return why it cannot be analyzed, or None."""
    parts, message, analyzable = decompose(head, study)
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
            "null_mode": study.null_space.mode,
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
