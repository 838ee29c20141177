"""Embed the study's texts: its classes and its open vocabulary."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from flows.features.given_arrays import array_digest, open_items, texts_of
from flows.features.tensors import read_if_whole
from flows.pictures.manifest import Manifest
from flows.study.class_names import words_of
from flows.study.fields import ARRAYS
from flows.study.space import Space
from flows.study.study import Study
from sing_core.files.arrays import ArrayFile, BadArrayError
from sing_core.networks.model_folders import folder_digest
from sing_core.networks.precision import Precision
from sing_core.networks.prompts import prompts, reworded
from sing_core.networks.spaces import needs_quick_gelu, was_normalized
from warehouse.digests import digest, sha256
from warehouse.files import MADE_ANEW, DamagedFileError
from warehouse.layout import DataRoot
from warehouse.stored import tensors

#: Raised when what is stored with text embeddings changes: stored ones are then not read.
_FORMAT = 2


@dataclass(frozen=True)
class Texts:
    """Stored text embeddings, and what is known of the space that made them.

    ``forward`` stands for the space itself: its name and tag or its folder's
    content, and open_clip's version; or the embeddings, where they were given as
    arrays. ``given`` is then the digest of the given texts. ``precision`` is what
    pictures are embedded in; texts are always in float32.
    """

    path: Path
    weights_sha256: str
    preprocessing: str
    forward: str
    given: str | None = None
    precision: Precision = "float32"
    precision_angle_deg: float | None = None

    @property
    def width(self) -> int:
        """Values of an embedding."""
        return int(self.arrays()[0].shape[1])

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit embeddings of the classes (classes × space) and concepts (concepts × space)."""
        stored, _ = tensors.read(self.path)
        return stored["class_texts"], stored["concept_texts"]


def reworded_prompts(study: Study, classes: list[str], phrases: list[str]) -> list[str]:
    """The prompts of a study that hold other words than the names as they stand."""
    if study.space.model is None:
        return []
    templates = study.space.templates
    concept_templates = study.concepts.templates if study.concepts else ()
    named = zip(words_of(classes), classes, strict=True)
    changed = [word for word, name in named if word != name or reworded(templates, [word])]
    return prompts(templates, changed) + reworded(concept_templates, phrases)


def embed_texts(
    study: Study, manifest: Manifest, concepts: list[tuple[str | None, str]], root: DataRoot
) -> Texts:
    """Embed every class and phrase; at once where that was done before.

    Of a space that is given as arrays, take its texts.
    """
    space = study.space
    phrases = [phrase for _, phrase in concepts]
    if space.embeddings is not None:
        return _take_over(space, space.embeddings, manifest, phrases, root)
    assert space.model is not None  # a space has one of the two
    concept_templates = study.concepts.templates if study.concepts else ()
    own = sha256(space.checkpoint) if space.checkpoint else space.pretrained
    forward = digest(
        [
            folder_digest(space.folder) if space.folder else [space.model, own],
            version("open_clip_torch"),
            *(["quick_gelu"] if needs_quick_gelu(space.model, space.pretrained) else []),
            *(["not normalized"] if was_normalized(space.model) else []),
        ]
    )
    said = reworded_prompts(study, manifest.classes.names, phrases)
    key = digest(
        {
            "space": forward,
            "classes": [space.templates, manifest.classes.names],
            "concepts": [concept_templates, phrases],
            "versions": [_FORMAT, version("inflect")],
        }
        | ({"prompts": said} if said else {})
    )
    path = root.texts / f"{space.name}-{key}.safetensors"
    known = read_if_whole(path, _stored)
    if known is None:
        from flows.features.networks import load_space  # seconds, for those that need them

        loaded = load_space(space)
        class_texts = loaded.embed_texts(words_of(manifest.classes.names), space.templates)
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
        known = _store(path, class_texts, concept_texts, about)
    return known


def _take_over(
    space: Space, embeddings: ArrayFile, manifest: Manifest, phrases: list[str], root: DataRoot
) -> Texts:
    """Texts that are given with a space, brought to unit length as our own are."""
    rows = open_items(embeddings, manifest)  # other items need other rows
    assert space.class_texts is not None
    classes = manifest.classes.names
    wanted = [(space.class_texts, classes, "classes of the study")]
    if space.concept_texts is not None:
        wanted.append((space.concept_texts, phrases, "phrases in concepts.file"))
    given = digest([_FORMAT, *(array_digest(array, names) for array, names, _ in wanted)])
    forward = array_digest(embeddings, manifest.items)
    path = root.texts / f"{space.name}-{digest([forward, given])}.safetensors"
    known = read_if_whole(path, _stored)
    if known is None:
        texts = [texts_of(array, names, what) for array, names, what in wanted]
        for (array, _, _), embedded in zip(wanted, texts, strict=True):
            if embedded.shape[1] != rows.width:
                raise BadArrayError(
                    f"{array} has {embedded.shape[1]} values a text, but {embeddings} has "
                    f"{rows.width} an item; need texts and items of one space"
                )
        about = {
            "weights_sha256": sha256(embeddings.path),
            "preprocessing": ARRAYS,
            "forward": forward,
            "given": given,
        }
        concept_texts = texts[1] if len(texts) > 1 else np.empty((0, rows.width))
        known = _store(path, texts[0], concept_texts, about)
    return known


def _store(
    path: Path, class_texts: np.ndarray, concept_texts: np.ndarray, about: dict[str, Any]
) -> Texts:
    texts = {"class_texts": class_texts, "concept_texts": concept_texts}
    tensors.write(path, texts, about)
    return Texts(path, **about)


def _stored(path: Path) -> Texts:
    _, about = tensors.read(path)
    try:
        return Texts(path, **about)
    except TypeError as error:
        raise DamagedFileError(f"{path} does not say what space it is of; {MADE_ANEW}") from error
