"""Angles between vectors.

Both scores of the paper are angles or differences of two, so the one delicate
piece of arithmetic in the project lives here and nowhere else.
"""

import numpy as np
import torch
from jaxtyping import Float


def unit(vectors: Float[np.ndarray, "*batch d"]) -> Float[np.ndarray, "*batch d"]:
    """Vectors scaled to length 1, in float64; a zero vector becomes NaN.

    A zero vector has no direction. NaN keeps that visible: whoever stores the
    result writes NULL and counts it.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    # Divide by the largest entry first: squares of 1e-200 would underflow to zero.
    largest = np.abs(vectors).max(axis=-1, keepdims=True, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / largest
        return scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)


def angle_deg(
    a: Float[np.ndarray, "*#batch d"], b: Float[np.ndarray, "*#batch d"]
) -> Float[np.ndarray, "*batch"]:
    """Angle between paired vectors, in degrees from 0 to 180; NaN for a zero vector.

    Leading axes broadcast. Exact to about 1e-14 degrees at every angle, so it
    is the form for an Image Score, which may be tiny.

    Notes
    -----
    Not ``arccos`` of the cosine. The cosine is flat near zero: in float32,
    rounding alone gives parallel vectors an angle of up to 0.03 degrees, which
    would be stored as a score.

    References
    ----------
    SING, equations 5 and 18.
    """
    a, b = unit(a), unit(b)
    apart = np.linalg.norm(a - b, axis=-1)
    along = np.linalg.norm(a + b, axis=-1)
    return np.asarray(np.degrees(2 * np.arctan2(apart, along)))


def angles_deg(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "k d"]
) -> Float[np.ndarray, "n k"]:
    """Angle between every row of ``a`` and every row of ``b``, in degrees.

    One matrix product instead of n·k differences. Good to 1e-6 degrees within
    a degree of 0 or 180, where the cosine is flat, and to 1e-12 where image and
    text embeddings meet (60 to 120 degrees).
    """
    cosine = torch.from_numpy(unit(a) @ unit(b).T)
    # torch's arccos uses all cores and their vector units.
    return np.asarray(torch.rad2deg(cosine.clamp_(-1, 1).acos_()).numpy())
