"""Take each model apart once: prove its head on real pictures, and store the head."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from flows.features.given_arrays import array_digest, open_items
from flows.features.prepared_model import PreparedModel
from flows.features.tensors import read_if_whole
from flows.pictures.manifest import ImagesError, Manifest
from flows.study.model import Model
from sing_core.files.arrays import BadArrayError
from sing_core.networks.model_folders import folder_digest
from sing_core.networks.weights import read_weights, tensors_digest
from warehouse.digests import digest, sha256
from warehouse.layout import DataRoot
from warehouse.stored import tensors

#: Raised when what is stored with a head changes: stored ones are then not read.
_FORMAT = 2


def prepare_model(model: Model, manifest: Manifest, root: DataRoot) -> PreparedModel:
    """Load a model, prove its head, and store it; at once where that was done before.

    Files of weights and arrays are known by their content. A tag of pretrained
    weights is taken to name the same weights for as long as the data root
    remembers it.
    """
    arrays = None
    if model.features is not None:
        open_items(model.features, manifest)  # other items need other rows
        arrays = array_digest(model.features, manifest.items)
    own = {"id", "checkpoint", "head", "features", "series"} | ({"timm"} if model.folder else set())
    key = digest(
        {
            "model": model.model_dump(mode="json", exclude=own),
            "checkpoint": model.checkpoint and sha256(model.checkpoint),
            "head": model.head and sha256(model.head),
            "versions": [_FORMAT, version("timm")],
        }
        | ({"features": arrays} if arrays else {})
        | ({"folder": folder_digest(model.folder)} if model.folder else {})
        # Such a model was once given pictures of a size that it was not made for.
        | ({"size": "the module's"} if _is_resized(model) else {})
    )
    path = root.heads / f"{model.id}-{key}.safetensors"
    prepared = read_if_whole(path, PreparedModel.read)
    if prepared is not None and prepared.n_classes == 1:
        # One logit was once told as one class; runs that did so keep their file.
        path = path.with_stem(f"{path.stem}-two")
        prepared = read_if_whole(path, PreparedModel.read)
    if prepared is None:
        prepared, weight, bias = (
            _take_over(model, manifest, arrays, path)
            if arrays
            else _proven(model, manifest, key, path)
        )
        tensors.write(path, {"weight": weight, "bias": bias}, prepared.facts())
    if prepared.weights_entry is None and model.checkpoint is not None:
        entry = read_weights(model.checkpoint, model.checkpoint_key).entry or ""
        prepared = replace(prepared, weights_entry=entry)
    classes = manifest.classes
    if classes.are_heads and prepared.n_classes != len(classes.names):
        raise ImagesError(
            f"images.class_names has {len(classes.names)} names, but the head of {model.id} has "
            f"{prepared.n_classes} classes; need one name a class, in the head's order"
        )
    return prepared


def _take_over(
    model: Model, manifest: Manifest, arrays: str, path: Path
) -> tuple[PreparedModel, np.ndarray, np.ndarray]:
    """A head that is given with its features; there are no own logits to prove it on."""
    from sing_core.networks.heads import read_head, two_classes

    assert model.head is not None
    assert model.features is not None
    weight, bias, stored = read_head(model.head)
    width = open_items(model.features, manifest).width
    if weight.shape[1] != width:
        raise BadArrayError(
            f"{model.features} has {width} features, but the head in {model.head} takes "
            f"{weight.shape[1]}; need the input of that very layer"
        )
    proven = tensors_digest({"weight": weight, "bias": bias})
    weight, bias = two_classes(weight, bias)
    prepared = PreparedModel(
        id=model.id,
        architecture=model.name,
        weights_sha256=proven,
        n_features=weight.shape[1],
        n_classes=len(weight),
        storage_dtype=stored,
        preprocessing=model.name,
        forward=arrays,
        logit_proof_max_abs=None,
        head_file=path,
    )
    return prepared, weight, bias


def _proven(
    model: Model, manifest: Manifest, key: str, path: Path
) -> tuple[PreparedModel, np.ndarray, np.ndarray]:
    from flows.features.networks import load_proven  # seconds, for those that need them

    backbone, apart = load_proven(model, manifest)
    prepared = PreparedModel(
        id=model.id,
        architecture=model.architecture,
        weights_sha256=backbone.weights_sha256,
        n_features=backbone.n_features,
        n_classes=backbone.n_classes,
        storage_dtype=backbone.storage_dtype,
        preprocessing=backbone.preprocessing,
        forward=key,
        logit_proof_max_abs=apart,
        head_file=path,
        weights_entry=backbone.weights_entry or "",
    )
    return prepared, backbone.weight, backbone.bias


def _is_resized(model: Model) -> bool:
    if model.timm is None or "img_size" not in model.args:
        return False
    from sing_core.networks.preprocessing import is_resized

    return is_resized(model.name, model.args)
