"""Classifiers as callers have them: timm's by name, or a module of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from sing_core.library.head import Head, decompose_head
from sing_core.library.pictures import batches
from sing_core.machine.device import device
from sing_core.networks import backbones
from sing_core.networks.backbones import Proven, prove
from sing_core.networks.heads import UnsupportedBackboneError


@dataclass
class Backbone:
    """A classifier that gives its penultimate features, and whose head is known.

    Attributes
    ----------
    head
        The head with its null space.
    transform
        From an RGB picture to the network's input; None where pictures come as tensors.
    logit_proof_max_abs
        How far ``W f + b`` was from the network's own logits on the first pictures; None before.
    """

    head: Head
    transform: Callable[[Any], torch.Tensor] | None
    network: Proven
    logit_proof_max_abs: float | None = field(default=None, init=False)

    def features(self, pictures: Any, *, batch_size: int = 32) -> Float[np.ndarray, "n m"]:
        """Penultimate features of pictures; see :func:`features`."""
        rows = []
        for batch in batches(pictures, self.transform, batch_size):
            if self.logit_proof_max_abs is None:
                self.logit_proof_max_abs = prove(self.network, batch[:8])
            rows.append(self.network.features(batch))
        return np.concatenate(rows)


def backbone(
    name: str,
    *,
    checkpoint: Path | str | None = None,
    head: Path | str | None = None,
    **args: Any,
) -> Backbone:
    """Load a timm classifier, taken apart into penultimate features and head.

    Parameters
    ----------
    name
        A timm architecture, with a tag for pretrained weights (``"resnet50.a1_in1k"``), or
        ``local-dir:FOLDER`` or ``hf-hub:REPOSITORY``.
    checkpoint
        Weights of that architecture, .safetensors or .pth.
    head
        A separate linear head, for a backbone without one.
    args
        More arguments of ``timm.create_model``.

    Raises
    ------
    BadWeightsError
        If the weights cannot be read, or do not match the architecture.
    UnsupportedBackboneError
        If there is no single linear head.

    Examples
    --------
    >>> import sing_core as sing
    >>> net = sing.backbone("resnet18.a1_in1k")  # doctest: +SKIP
    >>> net.head  # doctest: +SKIP
    Head(1000 classes, 512 features: rank 512, null space of 0 dimensions, gap inf)
    """
    loaded = backbones.load_backbone(
        name,
        checkpoint=None if checkpoint is None else Path(checkpoint),
        head=None if head is None else Path(head),
        args=args,
    )
    return Backbone(decompose_head(loaded.weight, loaded.bias), loaded.transform, loaded)


@dataclass(frozen=True)
class _Hooked:
    """A module and the layer whose input is the penultimate feature."""

    module: nn.Module
    layer: nn.Module
    weight: Float[np.ndarray, "c m"]
    bias: Float[np.ndarray, " c"]
    has_own_logits: bool = True

    @property
    def n_features(self) -> int:
        return int(self.weight.shape[1])

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n m"]:
        taken: list[torch.Tensor] = []
        hook = self.layer.register_forward_pre_hook(lambda _, given: taken.append(given[0]))
        try:
            with torch.inference_mode():
                self.module(batch)
        finally:
            hook.remove()
        if len(taken) != 1:
            raise UnsupportedBackboneError(
                f"the layer was called {len(taken)} times for a batch; need once"
            )
        return np.asarray(taken[0].flatten(1).float().cpu().numpy())

    def logits(self, batch: torch.Tensor) -> Float[np.ndarray, "n c"]:
        with torch.inference_mode():
            given = self.module(batch)
        if not isinstance(given, torch.Tensor):
            raise UnsupportedBackboneError(
                f"the module returns {type(given).__name__}; need its logits alone"
            )
        return np.asarray(given.float().flatten(1).cpu().numpy())


def from_module(
    module: nn.Module,
    layer: str = "fc",
    *,
    transform: Callable[[Any], torch.Tensor] | None = None,
) -> Backbone:
    """Take a network of one's own apart at its last linear layer.

    Its first pictures prove that ``W f + b`` are the module's own logits.

    Parameters
    ----------
    module
        A classifier that returns logits (n × classes). It is put into evaluation mode, and on the
        GPU if there is one.
    layer
        The name of its last linear layer (``nn.Linear`` or a 1 × 1 convolution), as in
        ``named_modules()``.
    transform
        From an RGB picture to the module's input; needed unless pictures come as tensors.

    Raises
    ------
    ValueError
        If it has no such layer, or the layer is not linear.
    UnsupportedBackboneError
        From ``features``, if the layer's output is not what the module returns.

    Examples
    --------
    >>> import torch, sing_core as sing
    >>> net = torch.nn.Sequential(
    ...     torch.nn.Flatten(), torch.nn.Linear(12, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)
    ... )
    >>> mine = sing.from_module(net, layer="3")
    >>> mine.features(torch.rand(5, 3, 2, 2)).shape, mine.head.null_dim
    ((5, 8), 5)
    """
    layers = dict(module.named_modules())
    linear = [name for name, one in layers.items() if isinstance(one, nn.Linear | nn.Conv2d)]
    if layer not in layers:
        raise ValueError(
            f"the module has no layer {layer!r}; its linear ones are {', '.join(linear[-5:])}"
        )
    found = layers[layer]
    pointwise = isinstance(found, nn.Conv2d) and found.kernel_size == (1, 1) and found.groups == 1
    if not (isinstance(found, nn.Linear) or pointwise):
        raise ValueError(
            f"the layer {layer!r} is a {type(found).__name__}; need a linear one such as "
            f"{', '.join(linear[-3:]) or '(there is none)'}"
        )
    module.eval().to(device())
    head = decompose_head(found)
    hooked = _Hooked(module, found, head.weight, head.bias)
    return Backbone(head, transform, hooked)


def features(net: Backbone, pictures: Any, *, batch_size: int = 32) -> Float[np.ndarray, "n m"]:
    """Extract penultimate features: the exact input of the last linear layer.

    Parameters
    ----------
    net
        From :func:`backbone` or :func:`from_module`.
    pictures
        Paths, Pillow images or arrays (height × width × 3, uint8); or a tensor that is the
        network's input already (n × channels × height × width).
    batch_size
        Pictures at a time.

    Returns
    -------
    numpy.ndarray
        n × features, float32.

    Raises
    ------
    ValueError
        If a picture cannot be used.
    UnsupportedBackboneError
        If ``W f + b`` is not what the network returns, on the first pictures.

    Examples
    --------
    >>> import torch, sing_core as sing
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
    >>> sing.features(sing.from_module(net, layer="1"), torch.rand(4, 3, 2, 2)).shape
    (4, 12)
    """
    return net.features(pictures, batch_size=batch_size)
