"""Take each model apart once: prove its head on real pictures, and store the head."""

import json
import math
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from flows import tensors
from flows.digests import digest
from flows.find_images import ImagesError, Manifest
from flows.given_arrays import array_digest, open_items
from flows.study import Model
from sing_core.arrays import BadArrayError
from sing_core.backbones import Backbone, device, load_backbone, prove, read_head
from sing_core.images import RejectedImageError, decode
from sing_core.weights import tensors_digest
from warehouse.digests import sha256
from warehouse.files import whole
from warehouse.layout import DataRoot

#: Raised when what is stored with a head changes: stored ones are then not read.
_FORMAT = 2

#: Pictures that the proof is made on.
_PROOF_PICTURES = 8


@dataclass(frozen=True)
class PreparedModel:
    """What is known of a model before any extraction; stored with its head.

    ``forward`` stands for everything that turns pictures into features beside
    the weights' values: architecture, arguments, head input, timm's version. Of
    a model that is given as arrays it stands for its features.
    """

    model: str
    architecture: str
    weights_sha256: str
    n_features: int
    n_classes: int
    storage_dtype: str
    preprocessing: str
    forward: str
    logit_proof_max_abs: float | None


@dataclass(frozen=True)
class Head:
    """A stored classifier head."""

    path: Path
    about: PreparedModel

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight (classes × features) and bias (classes), float32."""
        with safe_open(self.path, framework="numpy") as file:
            return file.get_tensor("weight"), file.get_tensor("bias")


def stored_head(path: Path) -> Head:
    """Read what is known of a stored head."""
    with safe_open(path, framework="numpy") as file:
        return Head(path, PreparedModel(**json.loads(file.metadata()["about"])))


class NoNetworkError(RuntimeError):
    """Something was to be put through a network that is given as arrays alone."""

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
        head=model.head,
        head_input=model.head_input,
        args=model.args,
    )


def prepare_model(model: Model, manifest: Manifest, root: DataRoot) -> Head:
    """Load a model, prove its head, and store it; at once where that was done before.

    Files of weights and arrays are known by their content. A tag of pretrained
    weights is taken to name the same weights for as long as the data root
    remembers it.
    """
    arrays = None
    if model.features is not None:
        open_items(model.features, manifest)  # other items need other rows
        arrays = array_digest(model.features, manifest.items)
    own = {"id", "checkpoint", "head", "features"}
    key = digest(
        {
            "model": model.model_dump(mode="json", exclude=own),
            "checkpoint": model.checkpoint and sha256(model.checkpoint),
            "head": model.head and sha256(model.head),
            "versions": [_FORMAT, version("timm")],
        }
        | ({"features": arrays} if arrays else {})
    )
    path = root.heads / f"{model.id}-{key}.safetensors"
    if not tensors.readable(path):
        about, weight, bias = (
            _take_over(model, manifest, arrays) if arrays else _prove(model, manifest, key)
        )
        with whole(path) as draft:
            save_file(
                {"weight": weight, "bias": bias},
                draft,
                metadata={"about": json.dumps(asdict(about))},
            )
    head = stored_head(path)
    if manifest.heads_classes and head.about.n_classes != len(manifest.class_names):
        raise ImagesError(
            f"images.class_names has {len(manifest.class_names)} names, but the head of "
            f"{model.id} has {head.about.n_classes} classes; need one name a class, in the head's "
            "order"
        )
    return head


def _take_over(
    model: Model, manifest: Manifest, arrays: str
) -> tuple[PreparedModel, np.ndarray, np.ndarray]:
    """A head that is given with its features; there are no own logits to prove it on."""
    assert model.head is not None
    assert model.features is not None
    weight, bias, stored = read_head(model.head)
    width = open_items(model.features, manifest).width
    if weight.shape[1] != width:
        raise BadArrayError(
            f"{model.features} has {width} features, but the head in {model.head} takes "
            f"{weight.shape[1]}; need the input of that very layer"
        )
    about = PreparedModel(
        model=model.id,
        architecture=model.name,
        weights_sha256=tensors_digest({"weight": weight, "bias": bias}),
        n_features=weight.shape[1],
        n_classes=len(weight),
        storage_dtype=stored,
        preprocessing=model.name,
        forward=arrays,
        logit_proof_max_abs=None,
    )
    return about, weight, bias


def _prove(
    model: Model, manifest: Manifest, key: str
) -> tuple[PreparedModel, np.ndarray, np.ndarray]:
    backbone = load_model(model)
    apart = prove(backbone, _some_pictures(backbone, manifest))
    about = PreparedModel(
        model=model.id,
        architecture=model.name,
        weights_sha256=backbone.weights_sha256,
        n_features=backbone.n_features,
        n_classes=backbone.n_classes,
        storage_dtype=backbone.storage_dtype,
        preprocessing=backbone.preprocessing,
        forward=key,
        logit_proof_max_abs=None if math.isnan(apart) else apart,
    )
    return about, backbone.weight, backbone.bias


def _some_pictures(backbone: Backbone, manifest: Manifest) -> torch.Tensor:
    """Return the first pictures that can be decoded, as the model's input."""
    batch: list[torch.Tensor] = []
    for path in manifest.images["path"]:
        try:
            batch.append(backbone.transform(decode((manifest.root / path).read_bytes())))
        except (RejectedImageError, OSError):
            continue  # extraction will meet it again, and record it
        if len(batch) == _PROOF_PICTURES:
            break
    if not batch:
        raise ImagesError(
            f"no picture in {manifest.root} can be decoded; need pictures to check the model on"
        )
    return torch.stack(batch).to(device())
