"""A random direction of its own for every image, known from the image's key alone."""

import numpy as np
from jaxtyping import Float, UInt64


def random_signs(keys: UInt64[np.ndarray, " n"], width: int, seed: int) -> Float[np.ndarray, "n m"]:
    """Random vectors of entries ±1, one for each key, all of length ``sqrt(width)``.

    Their covariance is the identity, so a linear map sees them as it sees any
    isotropic direction. Bits come from SplitMix64 over the key and a counter:
    whatever batch an image is in, its direction is the same, and images do not
    share one.

    References
    ----------
    Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014).
    """
    words = -(-width // 64)
    counter = np.arange(1, words + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        start = _mix(keys ^ _mix(np.full_like(keys, seed)))[:, None]
        bits = _mix(start + counter * np.uint64(0x9E3779B97F4A7C15))
    flat = np.unpackbits(bits.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    return 2.0 * flat[:, :width] - 1.0


def _mix(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """SplitMix64's finalizer."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))
