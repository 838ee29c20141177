"""What a linear head takes: timm's pooled feature, or tokens as DINO's linear heads take them."""

from typing import Literal

import torch
from torch import nn

#: ``pooled`` is what timm gives its own head. The others are for separate heads, and join tokens
#: after the model's last norm: class token and mean patch token (DINOv2), the same two feature by
#: feature in turn (DINO's ViT-B), the class tokens of the last four blocks, earliest first (DINO's
#: ViT-S).
HeadInput = Literal[
    "pooled", "class+mean_patch", "class+mean_patch_interleaved", "last_4_class_tokens"
]

_WIDTHS: dict[HeadInput, int] = {
    "pooled": 1,
    "class+mean_patch": 2,
    "class+mean_patch_interleaved": 2,
    "last_4_class_tokens": 4,
}


def width(module: nn.Module, head_input: HeadInput) -> int:
    """Return how many features a head over this input takes."""
    return int(module.num_features) * _WIDTHS[head_input]  # type: ignore[arg-type]


def lack(module: nn.Module, head_input: HeadInput) -> str | None:
    """Say what the model lacks for this input; None if nothing."""
    if head_input == "pooled":
        return None
    if getattr(module, "cls_token", None) is None or not hasattr(module, "forward_intermediates"):
        return "has no class token"
    n_blocks = len(module.blocks)  # type: ignore[arg-type]
    if head_input == "last_4_class_tokens" and n_blocks < 4:
        return f"has only {n_blocks} blocks"
    return None


def of(module: nn.Module, batch: torch.Tensor, head_input: HeadInput) -> torch.Tensor:
    """Return the head's input for a batch.

    References
    ----------
    ``eval_linear.py`` of facebookresearch/dino and ``hub/classifiers.py`` of
    facebookresearch/dinov2. The first stacks the two tokens along a new last
    axis before it flattens them, so they alternate feature by feature.
    """
    match head_input:
        case "pooled":
            maps = module.forward_features(batch)  # type: ignore[operator]
            return module.forward_head(maps, pre_logits=True)  # type: ignore[operator,no-any-return]
        case "last_4_class_tokens":
            return torch.cat([of_class for of_class, _ in _tokens(module, batch, 4)], dim=1)
        case "class+mean_patch":
            ((of_class, patches),) = _tokens(module, batch, 1)
            return torch.cat([of_class, patches.mean(dim=1)], dim=1)
        case "class+mean_patch_interleaved":
            ((of_class, patches),) = _tokens(module, batch, 1)
            return torch.stack([of_class, patches.mean(dim=1)], dim=2).flatten(1)


def _tokens(
    module: nn.Module, batch: torch.Tensor, n_blocks: int
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Class token and patch tokens after each of the last blocks and the model's last norm."""
    blocks = module.forward_intermediates(  # type: ignore[operator]
        batch,
        indices=n_blocks,
        return_prefix_tokens=True,
        norm=True,
        output_fmt="NLC",
        intermediates_only=True,
    )
    return [(prefix[:, 0], patches) for patches, prefix in blocks]
