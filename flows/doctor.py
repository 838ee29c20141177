"""What each head of a study can and cannot see, before anything is extracted."""

from typing import Any

from flows.decompose_heads import decompose
from flows.find_images import find_images
from flows.prepare_models import prepare_model
from flows.study import Study
from warehouse.layout import DataRoot


def examine(study: Study, root: DataRoot) -> list[dict[str, Any]]:
    """One row a model: rank, null space, what bounds them, and which modes are possible."""
    with root.writing(f"sing doctor {study.name}"):
        manifest = find_images(study, root)
        rows = []
        for model in study.models:
            head = prepare_model(model, manifest, root)
            parts, message, analyzable = decompose(head, study)
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
                    "modes": "exact" if analyzable else "none",
                    "note": message,
                }
            )
        return rows
