"""What callers give: arrays of NumPy or tensors of torch, taken as float64 arrays."""

from typing import Any

import numpy as np


def matrix(values: Any, what: str) -> np.ndarray:
    """Take rows of numbers (n × m) as float64; a single row counts as one.

    Raises
    ------
    ValueError
        If they have another shape, or hold NaN or infinity.
    """
    array = plain(values)
    array = array[None] if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{what}: need rows of numbers (n × m), got shape {array.shape}")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{what}: need numbers, got {array.dtype}")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{what}: need finite numbers, got NaN or infinity in some rows")
    return array


def plain(values: Any) -> np.ndarray:
    """Return a tensor of any device, precision and gradient as an array, or what is one."""
    if hasattr(values, "detach"):  # torch need not be loaded to know its tensors
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
        return np.asarray(values.numpy())
    return np.asarray(values)


def stored_as(values: Any) -> str:
    """Return the name of the precision that numbers are given in."""
    return str(getattr(values, "dtype", "float64")).removeprefix("torch.")


def same_width(one: np.ndarray, other: np.ndarray, words: str) -> None:
    """Require as many columns in both.

    Raises
    ------
    ValueError
        Saying ``words`` and both numbers.
    """
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"{words}: {one.shape[1]} columns against {other.shape[1]}")
