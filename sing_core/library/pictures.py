"""Pictures as callers have them: paths, Pillow images, arrays of pixels, or batches of tensors."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from sing_core.files.images import RejectedImageError, decode
from sing_core.machine.device import device


def batches(
    pictures: Any, transform: Callable[[Any], torch.Tensor] | None, size: int
) -> Iterator[torch.Tensor]:
    """Yield the pictures as a network's input, so many at a time, on its device.

    Parameters
    ----------
    pictures
        A tensor (n × channels × height × width) that is the input already, or a sequence of paths,
        Pillow images and arrays (height × width × 3, uint8).
    transform
        From an RGB picture to the network's input.

    Raises
    ------
    ValueError
        If there are none, or one is none of these or cannot be decoded.
    """
    if isinstance(pictures, torch.Tensor):
        if pictures.ndim != 4 or not len(pictures):
            raise ValueError(
                f"pictures have shape {tuple(pictures.shape)}; need a batch (n × channels × height "
                "× width)"
            )
        for start in range(0, len(pictures), size):
            yield pictures[start : start + size].to(device())
        return
    given: Sequence[Any] = [pictures] if isinstance(pictures, str | Path) else list(pictures)
    if not given:
        raise ValueError("there are no pictures; need one at least")
    if transform is None:
        raise ValueError(
            "this network was given without a transform; give one, or pictures as a tensor (n × "
            "channels × height × width)"
        )
    for start in range(0, len(given), size):
        some = [transform(_picture(one)) for one in given[start : start + size]]
        yield torch.stack(some).to(device())


def _picture(given: Any) -> Image.Image:
    if isinstance(given, Image.Image):
        return given.convert("RGB")
    if isinstance(given, str | Path):
        try:
            return decode(Path(given).read_bytes())
        except (RejectedImageError, OSError) as error:
            raise ValueError(f"the picture {given} cannot be used: {error}") from error
    pixels = np.asarray(given)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(
            f"a picture is an array of {pixels.dtype} and shape {pixels.shape}; need a path, a "
            "Pillow image, or height × width × 3 of uint8"
        )
    return Image.fromarray(pixels)
