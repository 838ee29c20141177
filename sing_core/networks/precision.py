"""Computing forward passes in less than float32, and what that does to features, as an angle."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from sing_core.geometry.angles import angle_deg

#: From exact to rough. TF32 keeps 10 bits of each factor of a product, float16 10 bits of every
#: value, bfloat16 7 bits of every value; sums are made in float32.
Precision = Literal["float32", "tf32", "float16", "bfloat16"]


def less_exact(device_type: str) -> tuple[Precision, ...]:
    """What a device has below float32, from exact to rough.

    A CPU has no TF32, and in float16 it is ten times slower than in float32.
    """
    return ("tf32", "float16", "bfloat16") if device_type == "cuda" else ("bfloat16",)


@contextmanager
def computing_in(precision: Precision, device_type: str) -> Iterator[None]:
    """Have networks compute in a precision. Of TF32 and float32, one at a time in a process."""
    if device_type == "cuda":
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    if precision in ("float32", "tf32"):
        yield
        return
    with torch.autocast(device_type, dtype=getattr(torch, precision)):
        yield


def largest_angle_deg(exact: Float[np.ndarray, "n d"], other: Float[np.ndarray, "n d"]) -> float:
    """The largest angle between two versions of the same vectors; infinite if not finite."""
    if not np.isfinite(other).all():
        return float("inf")
    return float(angle_deg(exact.astype(np.float64), other.astype(np.float64)).max())
