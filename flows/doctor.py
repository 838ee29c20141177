"""What each head of a study can and cannot see, before anything is extracted."""

from typing import Any

from flows.decompose_heads import decompose
from flows.find_images import Manifest, find_images
from flows.prepare_models import Head, prepare_model
from flows.study import NullSpace, Study
from sing_core.null_space import HeadDecomposition
from warehouse.layout import DataRoot


def examine(study: Study, root: DataRoot, *, values: bool = False) -> list[dict[str, Any]]:
    """One row a model: rank, null space, what bounds them, and which modes are possible.

    With ``values``, all singular values and the cut too.
    """
    with root.writing(f"sing doctor {study.name}"):
        manifest = find_images(study, root)
        rows = []
        for model in study.models:
            head = prepare_model(model, manifest, root)
            parts, message, analyzable, modes = _examine(head, study, manifest)
            about = head.about
            rows.append(
                {
                    "model": about.model,
                    "architecture": about.architecture,
                    "classes": about.n_classes,
                    "features": about.n_features,
                    "rank": parts.rank,
                    "null_dim": parts.null_dim,
                    "null_share": parts.null_dim / about.n_features,
                    "sigma_max": parts.sigma_max,
                    "sigma_rank": parts.sigma_rank,
                    "sigma_next": parts.sigma_next,
                    "storage_dtype": about.storage_dtype,
                    "logit_proof": about.logit_proof_max_abs,
                    "modes": ", ".join(modes),
                    "analyzable": analyzable,
                    "note": message,
                }
            )
            if values:
                rows[-1]["sigma_cutoff"] = parts.cutoff
                rows[-1]["singular_values"] = parts.singular_values.tolist()
        return rows


def _examine(
    head: Head, study: Study, manifest: Manifest
) -> tuple[HeadDecomposition, str | None, bool, list[str]]:
    """Decompose by the study's own mode, and tell which modes the head allows."""
    modes = [
        mode for mode in ("exact", "softmax") if decompose(head, NullSpace(mode=mode), manifest)[2]
    ]
    # Any cut is an approximation, and any few classes leave something unseen.
    modes += ["approx", "classes"]
    if study.null_space.is_measured:
        parts, *_ = decompose(head, NullSpace(), manifest)
        note = f"where to cut is measured on pictures when the study runs: {study.null_space.rule}"
        return parts, note, True, modes
    return *decompose(head, study.null_space, manifest), modes
