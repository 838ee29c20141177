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
from flows.study import Model, NullSpace
from sing_core.backbones import Backbone, device, load_backbone, prove
from sing_core.images import RejectedImageError, decode
from sing_core.null_space import HeadDecomposition, decompose_head
from warehouse.files import sha256, whole
from warehouse.layout import DataRoot

#: Raised when what is stored with a head changes: stored ones are then not read.
_FORMAT = 2

#: Pictures that the proof is made on.
_PROOF_PICTURES = 8


@dataclass(frozen=True)
class PreparedModel:
    """What is known of a model before any extraction; stored with its head.

    ``forward`` stands for everything that turns pictures into features beside
    the weights' values: architecture, arguments, head input, timm's version.
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

    def decompose(self, null_space: NullSpace) -> HeadDecomposition:
        """Split feature space as the study says."""
        return decompose_head(
            self.arrays()[0],
            dtype=self.about.storage_dtype,
            rank=null_space.rank,
            rtol=null_space.rtol,
        )


def load_model(model: Model) -> Backbone:
    """Load a study's model."""
    return load_backbone(
        model.name,
        checkpoint=model.checkpoint,
        head=model.head,
        head_input=model.head_input,
        args=model.args,
    )


def prepare_model(model: Model, manifest: Manifest, root: DataRoot) -> Head:
    """Load a model, prove its head, and store it; at once where that was done before.

    Files of weights are known by their content. A tag of pretrained weights is
    taken to name the same weights for as long as the data root remembers it.
    """
    key = digest(
        {
            "model": model.model_dump(mode="json", exclude={"id", "checkpoint", "head"}),
            "checkpoint": model.checkpoint and sha256(model.checkpoint),
            "head": model.head and sha256(model.head),
            "versions": [_FORMAT, version("timm")],
        }
    )
    path = root.heads / f"{model.id}-{key}.safetensors"
    if not tensors.readable(path):
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
        with whole(path) as draft:
            save_file(
                {"weight": backbone.weight, "bias": backbone.bias},
                draft,
                metadata={"about": json.dumps(asdict(about))},
            )
    with safe_open(path, framework="numpy") as file:
        head = Head(path, PreparedModel(**json.loads(file.metadata()["about"])))
    if manifest.heads_classes and head.about.n_classes != len(manifest.class_names):
        raise ImagesError(
            f"images.class_names has {len(manifest.class_names)} names, but the head of "
            f"{model.id} has {head.about.n_classes} classes; need one name a class, in the head's "
            "order"
        )
    return head


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
