"""Classifier heads: taken from timm's models, or read from files of their own."""

from pathlib import Path

import numpy as np
import timm
import torch
from jaxtyping import Float
from timm.layers import ClassifierHead
from torch import nn

from sing_core.geometry.rank_rules import UNIT_ROUNDOFF, storage_dtype
from sing_core.networks import head_inputs
from sing_core.networks.affine_heads import affine_map
from sing_core.networks.head_inputs import HeadInput
from sing_core.networks.model_folders import HUB, architecture_in, folder_of, weights_file
from sing_core.networks.weights import BadWeightsError, read_state_dict, read_weights


class UnsupportedBackboneError(ValueError):
    """A model whose last layer is not one linear map of its penultimate features."""


def head_classes(
    name: str,
    *,
    checkpoint: Path | None = None,
    checkpoint_key: str | None = None,
    head: Path | None = None,
) -> int | None:
    """Return how many classes a model's head tells, without building it; None where it shows late.

    Raises
    ------
    BadWeightsError
        If a file of weights cannot be read.
    """
    folder = folder_of(name)
    if folder is not None:
        name, checkpoint = architecture_in(folder), checkpoint or weights_file(folder)
    if head is not None:
        outputs: int | None = len(read_head(head)[0])
    elif checkpoint is not None:
        outputs = classes_in(name, read_weights(checkpoint, checkpoint_key).tensors)
    elif name.startswith(HUB):
        outputs = None
    else:
        config = timm.get_pretrained_cfg(name)
        outputs = None if config is None else int(config.num_classes)
    return 2 if outputs == 1 else outputs


def two_classes(
    weight: Float[np.ndarray, "c m"], bias: Float[np.ndarray, " c"]
) -> tuple[Float[np.ndarray, "d m"], Float[np.ndarray, " d"]]:
    """Write a head of one logit as one of two classes; others stay as they are.

    A logit z trained by binary cross-entropy is the log-odds of class 1 against
    class 0, which is what softmax makes of the logits 0 and z.
    """
    if len(weight) != 1:
        return weight, bias
    return np.concatenate([np.zeros_like(weight), weight]), np.concatenate([0 * bias, bias])


def own_head(
    module: nn.Module, name: str, state: dict[str, torch.Tensor] | None
) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"], str]:
    """A timm model's own head: weight, bias (zeros where there is none), storage precision.

    ``state`` is the checkpoint that it was loaded from, if it was.

    Raises
    ------
    UnsupportedBackboneError
        If it is not one linear layer or 1×1 convolution.
    BadWeightsError
        If its values are not finite, or of a precision that is not known.
    """
    if not hasattr(module, "forward_head"):
        raise UnsupportedBackboneError(
            f"timm's {name} has no forward_head(pre_logits=True), so its penultimate features "
            "cannot be named; choose a model that has"
        )
    layer = module.get_classifier()  # type: ignore[operator]
    if isinstance(layer, ClassifierHead):  # timm names the pooling too
        layer = layer.fc
    linear = isinstance(layer, nn.Linear)
    pointwise = isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.groups == 1
    if not (linear or pointwise):
        found = affine_map(layer, int(module.num_features))  # type: ignore[arg-type]
        if found is not None:
            # Its values are made of several layers', whatever these were stored in.
            return *found, _checked(*found, "float32", f"the head of {name}")
        kind = (
            f"{len(layer)} heads, whose logits it averages"
            if isinstance(layer, tuple | list | nn.ModuleList)
            else f"a head of type {type(layer).__name__}"
        )
        raise UnsupportedBackboneError(
            f"timm's {name} has {kind}; need one linear layer or 1×1 convolution at the end"
        )
    weight = layer.weight.detach().float().cpu().numpy()
    bias = (
        np.zeros(len(weight), dtype=np.float32)
        if layer.bias is None
        else layer.bias.detach().float().cpu().numpy()
    )
    weight = weight.reshape(len(weight), -1)
    return (
        weight,
        bias,
        _checked(weight, bias, _stored(state, module, layer), f"the head of {name}"),
    )


def separate_head(
    path: Path, module: nn.Module, name: str, head_input: HeadInput
) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"], str]:
    """Read the linear head that is given beside a timm model; see :func:`read_head`.

    Raises
    ------
    BadWeightsError
        If the file is not one linear layer, or its values are not finite.
    UnsupportedBackboneError
        If the model does not give what the head takes.
    """
    weight, bias, stored = read_head(path)
    lack = head_inputs.lack(module, head_input)
    if lack is not None:
        raise UnsupportedBackboneError(
            f"timm's {name} {lack}, so head_input cannot be {head_input!r}; need another model or "
            "another head_input"
        )
    n_features = head_inputs.width(module, head_input)
    if weight.shape[1] != n_features:
        raise UnsupportedBackboneError(
            f"the head {path} takes {weight.shape[1]} features and timm's {name} gives "
            f"{n_features}; need a head for these features, or head_input changed"
        )
    return weight, bias, stored


def read_head(path: Path) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"], str]:
    """Read a separate linear head: weight, bias (zeros where there is none), storage precision.

    Raises
    ------
    BadWeightsError
        If the file is not one linear layer, or its values are not finite.
    """
    state = read_state_dict(path)
    weights = [key for key, value in state.items() if value.ndim == 2]
    if len(weights) != 1 or len(state) > 2:
        raise BadWeightsError(
            f"{path} holds {sorted(state)}; need one linear layer's weight (classes × "
            "features) and perhaps its bias"
        )
    (key,) = weights
    weight = state[key]
    rest = [value for name, value in state.items() if name != key]
    bias = rest[0] if rest else torch.zeros(len(weight))
    if bias.shape != weight.shape[:1]:
        raise BadWeightsError(
            f"{path} has a bias of shape {tuple(bias.shape)} beside a weight of shape "
            f"{tuple(weight.shape)}; need one bias a class"
        )
    stored = str(weight.dtype).removeprefix("torch.")
    single = weight.float().numpy(), bias.float().numpy()
    return *single, _checked(*single, stored, f"the head in {path}")


def _checked(
    weight: Float[np.ndarray, "c m"], bias: Float[np.ndarray, " c"], stored: str, what: str
) -> str:
    """Return a head's storage precision, having checked its values."""
    if stored not in UNIT_ROUNDOFF:
        raise BadWeightsError(f"{what} is stored as {stored}; need {', '.join(UNIT_ROUNDOFF)}")
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise BadWeightsError(f"{what} holds NaN or infinity; check the file")
    # Heads are used as float32. Its rounding is in the weights then, and with float64's in its
    # place the rank rule would take that noise for directions that the head sees.
    return storage_dtype(weight, "float32" if stored == "float64" else stored)


def classes_in(name: str, state: dict[str, torch.Tensor]) -> int | None:
    """How many classes a checkpoint's head has, where timm says what the head is called."""
    for layer in _layers(name):  # of several, one tells
        if (weight := state.get(f"{layer}.weight")) is not None:
            return int(weight.shape[0])
    return None


def without_head(name: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A checkpoint without its own head, which a separate one takes the place of."""
    own = tuple(f"{layer}." for layer in _layers(name))
    return {key: tensor for key, tensor in state.items() if not key.startswith(own)}


def _layers(name: str) -> tuple[str, ...]:
    """Names of the layers that are the head, where timm says so."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    layers = getattr(config, "classifier", None) or ()
    return (layers,) if isinstance(layers, str) else tuple(layers)


def _stored(state: dict[str, torch.Tensor] | None, module: nn.Module, layer: nn.Module) -> str:
    """Precision that a checkpoint stores the weight of a model's layer in."""
    if state is None:
        return "float32"
    for name, candidate in module.named_modules():
        if candidate is layer:
            return str(state[f"{name}.weight"].dtype).removeprefix("torch.")
    raise UnsupportedBackboneError("the head is not one of the model's layers")
