"""What the made world's networks are given: pixels from -1 to 1."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

MEAN = STD = (0.5, 0.5, 0.5)


def to_input(pictures: UInt8[np.ndarray, "n 64 64 3"]) -> Float[torch.Tensor, "n 3 64 64"]:
    """Turn pictures into the networks' input, as timm's and open_clip's transforms would."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
