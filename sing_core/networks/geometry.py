"""A network's preprocessing in two: geometry, which makes pixels, and what is done to their values.

Several networks often want the same pixels and differ in mean and standard
deviation alone. The pixels are made once, stay 8-bit integers until they are on
the device, and become there, value by value, what torchvision makes of them.

Processes that decode import this: it must not load timm or open_clip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image


@dataclass(frozen=True)
class Geometry:
    """What is done to a picture before its pixels become numbers: resize, crop, gray.

    Attributes
    ----------
    words
        The steps as text; two geometries with the same words are the same.
    """

    words: str
    steps: tuple[Callable[[Any], Any], ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Geometry) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of what comes out, whatever goes in."""
        height, width, _ = self.pixels(Image.new("RGB", (64, 64))).shape
        return height, width

    @property
    def n_bytes(self) -> int:
        """Bytes of a picture's pixels, three channels at most."""
        return 3 * self.size[0] * self.size[1]

    def pixels(self, image: Image.Image) -> UInt8[np.ndarray, "h w c"]:
        """The pixels that a network gets of an RGB picture."""
        for step in self.steps:
            image = step(image)
        pixels = np.asarray(image)
        return pixels if pixels.ndim == 3 else pixels[:, :, None]


@dataclass(frozen=True)
class Values:
    """What becomes of 8-bit pixels: divided by 255, less a mean, over a standard deviation."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, pixels: UInt8[torch.Tensor, "n h w c"]) -> Float[torch.Tensor, "n c h w"]:
        """A batch as the network takes it, channels last in memory, on the pixels' device."""
        batch = pixels.permute(0, 3, 1, 2).to(torch.float32).div_(255)
        for name, values in (("sub_", self.mean), ("div_", self.std)):
            each = torch.tensor(values, dtype=torch.float32, device=batch.device)
            getattr(batch, name)(each.view(-1, 1, 1))
        return batch
