"""Adapter to timm: penultimate features and the classifier head of any classifier.

Nothing here knows a model by name. timm's own contract says where the head's
input is (``forward_head(pre_logits=True)``) and which layer is the head
(``get_classifier()``); :func:`prove` then checks, on pictures, that the two
together give the model's own logits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from jaxtyping import Float
from timm.data import create_transform, resolve_model_data_config
from torch import nn

from sing_core import head_inputs
from sing_core.head_inputs import HeadInput
from sing_core.null_space import UNIT_ROUNDOFF, storage_dtype
from sing_core.weights import BadWeightsError, load_strictly, read_state_dict, tensors_digest

#: Largest difference between W f + b and the model's logits, relative to the largest logit.
#: Summing 4096 products in float32 in another order differs by about 1e-6.
PROOF_TOLERANCE = 1e-4


class UnsupportedBackboneError(ValueError):
    """A model whose last layer is not one linear map of its penultimate features."""


@dataclass(frozen=True)
class Backbone:
    """A classifier, taken apart into penultimate features and head.

    Attributes
    ----------
    weight, bias
        The head's, one class a row, float32; a missing bias is zeros.
    storage_dtype
        The precision the head's weight was stored in.
    transform
        From an RGB picture to the model's input.
    preprocessing
        The same in words, as part of what features depend on.
    """

    module: nn.Module
    weight: Float[np.ndarray, "c m"]
    bias: Float[np.ndarray, " c"]
    storage_dtype: str
    weights_sha256: str
    transform: Callable[[Any], torch.Tensor]
    preprocessing: str
    head_input: HeadInput = "pooled"
    has_own_logits: bool = True

    @property
    def n_features(self) -> int:
        """Number of penultimate features."""
        return int(self.weight.shape[1])

    @property
    def n_classes(self) -> int:
        """Number of the head's outputs."""
        return int(self.weight.shape[0])

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n m"]:
        """Penultimate features of a batch: the exact input of the head, float32."""
        with torch.inference_mode():
            given = head_inputs.of(self.module, batch, self.head_input)
        return given.flatten(1).float().cpu().numpy()

    def logits(self, batch: torch.Tensor) -> Float[np.ndarray, "n c"]:
        """Logits of a batch by the model's own forward pass."""
        with torch.inference_mode():
            return self.module(batch).float().cpu().numpy()


def device() -> torch.device:
    """Return the device that models run on: CUDA where there is one, else the CPU.

    On CUDA, products are made in full float32: TF32, PyTorch's default for
    convolutions, keeps 10 bits, and a 1×1 convolution head would fail its proof.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device("cuda")


def head_classes(name: str, *, checkpoint: Path | None, head: Path | None) -> int | None:
    """Return how many classes a model's head has, without building it; None where that shows late.

    Raises
    ------
    BadWeightsError
        If a file of weights cannot be read.
    """
    if head is not None:
        return len(read_head(head)[0])
    if checkpoint is not None:
        return _classes_in(name, read_state_dict(checkpoint))
    config = timm.get_pretrained_cfg(name)
    return None if config is None else int(config.num_classes)


def load_backbone(
    name: str,
    *,
    checkpoint: Path | None = None,
    head: Path | None = None,
    head_input: HeadInput = "pooled",
    args: dict[str, Any] | None = None,
) -> Backbone:
    """Load a timm classifier, ready to extract from.

    Parameters
    ----------
    name
        A timm architecture, with a tag if pretrained weights are wanted
        (``resnet50.a1_in1k``).
    checkpoint
        Weights of that architecture (.safetensors, or .pth of weights only).
        Without one, timm's pretrained weights of the tag are loaded.
    head
        A separate linear head: a file with a ``weight`` (classes × features)
        and perhaps a ``bias``. The backbone's own head, if any, is not used.
    head_input
        What the separate head takes.
    args
        More arguments of ``timm.create_model``.

    Raises
    ------
    BadWeightsError
        If the weights cannot be read, need more than weights to be unpickled,
        or do not match the architecture key by key.
    UnsupportedBackboneError
        If there is no single linear head, or features and head do not fit.
    """
    args = dict(args or {})
    state = read_state_dict(checkpoint) if checkpoint else None
    if head is not None:
        args["num_classes"] = 0
    elif state is not None:
        classes = _classes_in(name, state)
        if classes is not None:
            args.setdefault("num_classes", classes)
    try:
        module = timm.create_model(name, pretrained=checkpoint is None, **args)
    except Exception as error:  # whatever a model's constructor or a download raises
        raise UnsupportedBackboneError(
            f"timm cannot build {name} with args = {args}: {error or type(error).__name__}"
        ) from error
    if state is not None:
        load_strictly(module, state, what=f"{checkpoint} into timm's {name}")
    module = module.float().eval().to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    if head is not None:
        weight, bias, stored = read_head(head)
        lack = head_inputs.lack(module, head_input)
        if lack is not None:
            raise UnsupportedBackboneError(
                f"timm's {name} {lack}, so head_input cannot be {head_input!r}; need "
                "another model or another head_input"
            )
        n_features = head_inputs.width(module, head_input)
        if weight.shape[1] != n_features:
            raise UnsupportedBackboneError(
                f"the head {head} takes {weight.shape[1]} features and timm's {name} gives "
                f"{n_features}; need a head for these features, or head_input changed"
            )
    else:
        weight, bias, layer = _own_head(module, name)
        stored = _checked(weight, bias, _stored_dtype(state, module, layer), f"the head of {name}")
    digest = tensors_digest({**module.state_dict(), "head.weight": weight, "head.bias": bias})
    transform = create_transform(**resolve_model_data_config(module), is_training=False)
    weight = weight.reshape(weight.shape[0], -1)
    return Backbone(
        module=module,
        weight=weight,
        bias=bias,
        storage_dtype=stored,
        weights_sha256=digest,
        transform=transform,
        preprocessing=" ".join(str(transform).split()),
        head_input=head_input,
        has_own_logits=head is None,
    )


def prove(backbone: Backbone, batch: torch.Tensor) -> float:
    """Check on pictures that ``W f + b`` equals the model's own logits.

    Returns
    -------
    float
        The largest absolute difference. For a separate head there are no own
        logits; then only the shapes and finiteness are checked, and it is NaN.

    Raises
    ------
    UnsupportedBackboneError
        If they differ, or features are not finite.
    """
    features = backbone.features(batch)
    if features.shape[1] != backbone.n_features:
        raise UnsupportedBackboneError(
            f"the head takes {backbone.n_features} features but timm's pre-logits have "
            f"{features.shape[1]}; its last linear layer cannot be analyzed"
        )
    if not np.isfinite(features).all():
        raise UnsupportedBackboneError(
            "the features of the first pictures are not finite; check the weights"
        )
    if not backbone.has_own_logits:
        return float("nan")
    logits = backbone.logits(batch)
    rebuilt = features.astype(np.float64) @ backbone.weight.T.astype(np.float64) + backbone.bias
    apart = float(np.abs(rebuilt - logits).max())
    if not apart <= PROOF_TOLERANCE * max(1.0, float(np.abs(logits).max())):
        raise UnsupportedBackboneError(
            f"W f + b differs from the model's own logits by {apart:.3g}: what timm calls "
            "pre-logits is not the exact input of the last linear layer, so this model's "
            "null space cannot be analyzed"
        )
    return apart


def _own_head(
    module: nn.Module, name: str
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, " c"], nn.Module]:
    if not hasattr(module, "forward_head"):
        raise UnsupportedBackboneError(
            f"timm's {name} has no forward_head(pre_logits=True), so its penultimate features "
            "cannot be named; choose a model that has"
        )
    layer = module.get_classifier()  # type: ignore[operator]
    linear = isinstance(layer, nn.Linear)
    pointwise = isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.groups == 1
    if not (linear or pointwise):
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
    return weight.reshape(len(weight), -1), bias, layer


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


def _classes_in(name: str, state: dict[str, torch.Tensor]) -> int | None:
    """How many classes a checkpoint's head has, where timm says what the head is called."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    layer = getattr(config, "classifier", None)
    weight = state.get(f"{layer}.weight") if isinstance(layer, str) else None
    return None if weight is None else int(weight.shape[0])


def _stored_dtype(
    state: dict[str, torch.Tensor] | None, module: nn.Module, layer: nn.Module
) -> str:
    if state is None:
        return "float32"
    for name, candidate in module.named_modules():
        if candidate is layer:
            return str(state[f"{name}.weight"].dtype).removeprefix("torch.")
    raise UnsupportedBackboneError("the head is not one of the model's layers")
