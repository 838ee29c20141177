"""Embed the study's texts: its classes and its open vocabulary."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from flows import tensors
from flows.digests import digest
from flows.find_images import Manifest
from flows.study import Study
from sing_core.vision_language import folder_digest, load_space, needs_quick_gelu
from warehouse.files import whole
from warehouse.layout import DataRoot

#: Raised when what is stored with text embeddings changes: stored ones are then not read.
_FORMAT = 2


@dataclass(frozen=True)
class Texts:
    """Stored text embeddings, and what is known of the space that made them.

    ``forward`` stands for the space itself: its name and tag or its folder's
    content, and open_clip's version.
    """

    path: Path
    weights_sha256: str
    preprocessing: str
    forward: str

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit embeddings of the classes (classes × space) and concepts (concepts × space)."""
        with safe_open(self.path, framework="numpy") as file:
            return file.get_tensor("class_texts"), file.get_tensor("concept_texts")


def embed_texts(
    study: Study, manifest: Manifest, concepts: list[tuple[str | None, str]], root: DataRoot
) -> Texts:
    """Embed every class and phrase; at once where that was done before."""
    space = study.space
    phrases = [phrase for _, phrase in concepts]
    concept_templates = study.concepts.templates if study.concepts else ()
    quick_gelu = ["quick_gelu"] if needs_quick_gelu(space.model, space.pretrained) else []
    forward = digest(
        [
            folder_digest(space.folder) if space.folder else [space.model, space.pretrained],
            version("open_clip_torch"),
            *quick_gelu,
        ]
    )
    key = digest(
        {
            "space": forward,
            "classes": [space.templates, manifest.class_names],
            "concepts": [concept_templates, phrases],
            "versions": [_FORMAT, version("inflect")],
        }
    )
    path = root.texts / f"{space.name}-{key}.safetensors"
    if not tensors.readable(path):
        loaded = load_space(space.model, space.pretrained)
        class_texts = loaded.embed_texts(manifest.class_names, space.templates)
        concept_texts = (
            loaded.embed_texts(phrases, concept_templates)
            if phrases
            else np.empty((0, class_texts.shape[1]))
        )
        about = {
            "weights_sha256": loaded.weights_sha256,
            "preprocessing": loaded.preprocessing,
            "forward": forward,
        }
        with whole(path) as draft:
            save_file(
                {"class_texts": class_texts, "concept_texts": concept_texts},
                draft,
                metadata={"about": json.dumps(about)},
            )
    with safe_open(path, framework="numpy") as file:
        return Texts(path, **json.loads(file.metadata()["about"]))
