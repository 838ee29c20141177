"""Load the networks of a study: what takes seconds, and is not needed where all is stored."""

import math

import torch

from flows.pictures.manifest import ImagesError, Manifest
from flows.study.model import Model
from flows.study.space import Space
from sing_core.files.images import RejectedImageError, decode
from sing_core.machine.device import device
from sing_core.networks import vision_language
from sing_core.networks.backbones import Backbone, load_backbone, prove

#: Pictures that a head is proven on.
_PROOF_PICTURES = 8


class NoNetworkError(RuntimeError):
    """Something was to be put through a network that is given as arrays alone."""

    exit_code = 2


class NoTextModelError(RuntimeError):
    """Something new was to be embedded in a space that is given as arrays alone."""

    exit_code = 2


def load_model(model: Model) -> Backbone:
    """Load a study's model.

    Raises
    ------
    NoNetworkError
        If it is given as arrays.
    """
    if model.timm is None:
        raise NoNetworkError(
            f"the model {model.id} is given as arrays, so it has no features of new pictures; "
            "this needs a timm model in its place"
        )
    return load_backbone(
        model.name,
        checkpoint=model.checkpoint,
        checkpoint_key=model.checkpoint_key,
        head=model.head,
        head_input=model.head_input,
        args=model.args,
        preprocessing=model.asked,
    )


def load_proven(model: Model, manifest: Manifest) -> tuple[Backbone, float | None]:
    """Load a model and prove its head; with how far its logits are apart, None for a head alone."""
    backbone = load_model(model)
    apart = prove(backbone, _some_pictures(backbone, manifest))
    return backbone, None if math.isnan(apart) else apart


def load_space(space: Space) -> vision_language.Space:
    """Load a study's space.

    Raises
    ------
    NoTextModelError
        If it is given as arrays.
    """
    if space.model is None:
        raise NoTextModelError(
            f"the space {space.name} is given as arrays (space.embeddings), so it cannot embed "
            "new texts or pictures; this needs space.model, one of open_clip's"
        )
    return vision_language.load_space(space.model, space.pretrained, space.checkpoint)


def _some_pictures(backbone: Backbone, manifest: Manifest) -> torch.Tensor:
    """Return the first pictures that can be decoded, as the model's input."""
    batch: list[torch.Tensor] = []
    for path in manifest.images["path"]:
        try:
            batch.append(backbone.transform(decode(manifest.read(path))))
        except (RejectedImageError, OSError):
            continue  # extraction will meet it again, and record it
        if len(batch) == _PROOF_PICTURES:
            break
    if not batch:
        raise ImagesError(
            f"no picture in {manifest.root} can be decoded; need pictures to check the model on"
        )
    return torch.stack(batch).to(device())
