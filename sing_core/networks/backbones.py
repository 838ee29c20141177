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

from sing_core.machine.device import device
from sing_core.networks import head_inputs
from sing_core.networks.head_inputs import HeadInput
from sing_core.networks.heads import (
    UnsupportedBackboneError,
    classes_in,
    own_head,
    read_head,
)
from sing_core.networks.weights import (
    load_strictly,
    read_state_dict,
    tensors_digest,
)

#: Largest difference between W f + b and the model's logits, relative to the largest logit.
#: Summing 4096 products in float32 in another order differs by about 1e-6.
PROOF_TOLERANCE = 1e-4


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
        classes = classes_in(name, state)
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
        weight, bias, stored = own_head(module, name, state)
    digest = tensors_digest({**module.state_dict(), "head.weight": weight, "head.bias": bias})
    transform = create_transform(**resolve_model_data_config(module), is_training=False)
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
