"""Heads of several linear layers that together are one affine map of the pooled feature.

Distilled models average two heads, and some have a BatchNorm before them. In
evaluation that is W f + b all the same. The map is found by asking the layers:
for the zero feature they give b, for the unit vectors the columns of W.
"""

import copy
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

#: Largest departure from W f + b at random features, relative to the largest value; in float64.
_TOLERANCE = 1e-9


def affine_map(
    layer: Any, n_features: int
) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"]] | None:
    """Weight and bias of what timm calls a classifier, in float32; None if it is not affine.

    Of several layers it is the mean, as timm's distilled models have it in evaluation.
    """
    parts = list(layer) if isinstance(layer, tuple | list | nn.ModuleList) else [layer]
    # What has no weights, such as the Identity of a model without a head, is none.
    layers = [part for part in parts if isinstance(part, nn.Module) and list(part.parameters())]
    if not parts or len(layers) < len(parts):
        return None
    exact = [copy.deepcopy(part).double().eval().cpu() for part in parts]

    def logits(features: torch.Tensor) -> torch.Tensor:
        return torch.stack([part(features) for part in exact]).mean(dim=0)

    try:
        with torch.inference_mode():
            bias = logits(torch.zeros(1, n_features, dtype=torch.float64))
            weight = logits(torch.eye(n_features, dtype=torch.float64)) - bias
            seeded = torch.Generator().manual_seed(0)
            features = torch.randn(8, n_features, dtype=torch.float64, generator=seeded)
            found = logits(features)
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
        return None  # it takes something else than pooled features
    if bias.ndim != 2 or weight.ndim != 2:
        return None
    apart = float((features @ weight + bias - found).abs().max())
    if not apart <= _TOLERANCE * max(1.0, float(found.abs().max())):
        return None
    return weight.T.float().contiguous().numpy(), bias[0].float().numpy()
