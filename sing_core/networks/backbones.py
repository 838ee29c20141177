"""Adapter to timm: penultimate features and the classifier head of any classifier.

Nothing here knows a model by name. timm's own contract says where the head's
input is (``forward_head(pre_logits=True)``) and which layer is the head
(``get_classifier()``); :func:`prove` then checks, on pictures, that the two
together give the model's own logits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from sing_core.machine.device import device
from sing_core.networks import head_inputs
from sing_core.networks.build import build, load_strictly
from sing_core.networks.head_inputs import HeadInput
from sing_core.networks.heads import (
    UnsupportedBackboneError,
    classes_in,
    own_head,
    separate_head,
    two_classes,
    without_head,
)
from sing_core.networks.model_folders import architecture_in, folder_of, weights_file
from sing_core.networks.preprocessing import gray_args
from sing_core.networks.preprocessing import preprocessing as to_input
from sing_core.networks.weights import read_weights, tensors_digest

#: Largest difference between W f + b and the model's logits, over the largest logit: summing 4096
#: products in float32 in another order differs by about 1e-6.
PROOF_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Backbone:
    """A classifier, taken apart into penultimate features and head.

    Attributes
    ----------
    weight, bias
        The head's, one class a row, float32; a missing bias is zeros. Of a head of
        one logit, those of the two classes that its sign tells.
    storage_dtype
        The precision the head's weight was stored in.
    transform
        From an RGB picture to the model's input.
    preprocessing
        The same in words, as part of what features depend on.
    weights_entry
        Which entry of a training checkpoint the weights are; None where there is
        no other.
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
    weights_entry: str | None = None

    @property
    def n_features(self) -> int:
        """Number of penultimate features."""
        return int(self.weight.shape[1])

    @property
    def n_classes(self) -> int:
        """Number of the head's outputs."""
        return int(self.weight.shape[0])

    def vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """Penultimate features of a batch, (n, m) on its device: the exact input of the head."""
        return head_inputs.of(self.module, batch, self.head_input).flatten(1)

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n m"]:
        """The same in memory, float32."""
        with torch.inference_mode():
            return self.vectors(batch).float().cpu().numpy()

    def logits(self, batch: torch.Tensor) -> Float[np.ndarray, "n c"]:
        """Logits of a batch by the model's own forward pass; of one logit z, 0 and z."""
        with torch.inference_mode():
            logits: np.ndarray = self.module(batch).float().cpu().numpy()
        return logits if logits.shape[1] > 1 else np.pad(logits, ((0, 0), (1, 0)))


def load_backbone(
    name: str,
    *,
    checkpoint: Path | None = None,
    checkpoint_key: str | None = None,
    head: Path | None = None,
    head_input: HeadInput = "pooled",
    args: dict[str, Any] | None = None,
    preprocessing: Mapping[str, Any] | None = None,
) -> Backbone:
    """Load a timm classifier, ready to extract from.

    Parameters
    ----------
    name
        A timm architecture, with a tag if pretrained weights are wanted
        (``resnet50.a1_in1k``); or ``local-dir:FOLDER`` or ``hf-hub:REPOSITORY``.
    checkpoint
        Weights of that architecture (.safetensors, or .pth of weights only).
        Without one, the folder's, or timm's pretrained weights of the tag, or the
        hub's.
    checkpoint_key
        Which of several sets of weights in that file.
    head
        A separate linear head: a file with a ``weight`` (classes × features)
        and perhaps a ``bias``. The backbone's own head, if any, is not used.
    head_input
        What the separate head takes.
    args
        More arguments of ``timm.create_model``.
    preprocessing
        What is not to be as the model's configuration says; see
        :func:`sing_core.networks.preprocessing.preprocessing`.

    Raises
    ------
    BadWeightsError
        If the weights cannot be read, need more than weights to be unpickled,
        or do not match the architecture key by key.
    UnsupportedBackboneError
        If there is no single linear head, or features and head do not fit.
    PreprocessingError
        If ``preprocessing`` does not fit the model.
    """
    args, asked, folder = dict(args or {}), dict(preprocessing or {}), folder_of(name)
    architecture = name if folder is None else architecture_in(folder)
    checkpoint = checkpoint or (None if folder is None else weights_file(folder))
    weights = read_weights(checkpoint, checkpoint_key) if checkpoint else None
    state = weights.tensors if weights else None
    if head is not None:
        args["num_classes"] = 0
        state = state and without_head(architecture, state)
    elif state is not None and (classes := classes_in(architecture, state)) is not None:
        args.setdefault("num_classes", classes)
    if state is not None and "input_size" not in asked:
        args = gray_args(architecture, state) | args
    module = build(name, args, asked, pretrained=checkpoint is None)
    if state is not None:
        load_strictly(module, state, what=f"{checkpoint} into timm's {architecture}")
    transform = to_input(module, asked, args)
    module = module.float().eval().to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    weight, bias, stored = (
        own_head(module, name, state)
        if head is None
        else separate_head(head, module, name, head_input)
    )
    digest = tensors_digest({**module.state_dict(), "head.weight": weight, "head.bias": bias})
    weight, bias = two_classes(weight, bias)
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
        weights_entry=weights.entry if weights else None,
    )


@runtime_checkable
class Proven(Protocol):
    """What a network's features and logits are asked of, to be proven or used."""

    @property
    def weight(self) -> Float[np.ndarray, "c m"]:
        """The head's."""

    @property
    def bias(self) -> Float[np.ndarray, " c"]:
        """The head's."""

    @property
    def has_own_logits(self) -> bool:
        """Whether the network gives logits itself."""

    @property
    def n_features(self) -> int:
        """Number of penultimate features."""

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n m"]:
        """Penultimate features of a batch."""

    def logits(self, batch: torch.Tensor) -> Float[np.ndarray, "n c"]:
        """The network's own logits of a batch."""


def prove(backbone: Proven, batch: torch.Tensor) -> float:
    """Check on pictures that ``W f + b`` equals the model's own logits.

    Returns
    -------
    float
        The largest absolute difference. For a separate head there are no own
        logits; then only the shapes and finiteness are checked, and it is NaN.

    Raises
    ------
    UnsupportedBackboneError
        If they differ, features are not finite, or there are none.
    """
    try:
        features = backbone.features(batch)
    except (RuntimeError, AssertionError) as error:
        size = "×".join(map(str, batch.shape[1:]))
        raise UnsupportedBackboneError(
            f"the model's forward pass fails on pictures of {size} (channels × height × width): "
            f"{' '.join(str(error).split()) or type(error).__name__}; give input_size as it was "
            "trained"
        ) from error
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
            "pre-logits is not the exact input of the last linear layer (as where two heads take "
            "two tokens), so this model's null space cannot be analyzed"
        )
    return apart
