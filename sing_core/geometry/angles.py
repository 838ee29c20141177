"""Angles between vectors.

Both scores of the paper are angles or differences of two, so the one delicate
piece of arithmetic in the project lives here and nowhere else.
"""

import numpy as np
import torch
from jaxtyping import Float, Float32

from sing_core.machine.threads import one_torch_thread


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
    return unit_angle_deg(unit(a), unit(b))


def unit_angle_deg(
    a: Float[np.ndarray, "*#batch d"], b: Float[np.ndarray, "*#batch d"]
) -> Float[np.ndarray, "*batch"]:
    """The same of vectors that :func:`unit` has scaled already."""
    apart = np.asarray(np.linalg.norm(a - b, axis=-1))
    along = np.asarray(np.linalg.norm(a + b, axis=-1))
    return _angle_between_deg(apart, along)


def angle_of_cosine_deg(cosine: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Angle of a cosine that is exact to the last digits, in degrees from 0 to 180.

    For cosines in closed form; one that was summed up from products of vectors
    has lost a small angle already.
    """
    apart, along = (np.sqrt(np.maximum(1 + side * cosine, 0)) for side in (-1, 1))
    return _angle_between_deg(apart, along)


def _angle_between_deg(
    apart: Float[np.ndarray, "*batch"], along: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch"]:
    """The half-angle form, from lengths in proportion to those of a - b and a + b."""
    return np.asarray(np.degrees(2 * np.arctan2(apart, along)))


def angles_deg(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "k d"]
) -> Float[np.ndarray, "n k"]:
    """Angle between every row of ``a`` and every row of ``b``, in degrees.

    One matrix product instead of n·k differences. Good to 1e-6 degrees within
    a degree of 0 or 180, where the cosine is flat, and to 1e-12 where image and
    text embeddings meet (60 to 120 degrees).
    """
    return arccos_deg(unit(a) @ unit(b).T)


def unit_single(vectors: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """Vectors scaled to length 1, in float32; a zero vector becomes NaN.

    For :func:`arccos_deg` of very many cosines, of which only means are kept: in
    single precision they cost a quarter, and an angle is good to 1e-4 degrees
    between 20 and 160, and to 0.03 beside 0 and 180.
    """
    # The sums in float64: squares of 1e-30 would underflow.
    length = np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return vectors.astype(np.float32, copy=False) / length.astype(np.float32)[:, None]


def arccos_deg(cosine: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    """Angles of cosines, in degrees; overwrites them."""
    # NumPy's arccos uses vector units on some machines only, torch's on all.
    step = max(1, _AT_ONCE // max(1, cosine.shape[1]))
    with one_torch_thread():
        for piece in torch.split(torch.from_numpy(cosine), step):
            piece.clamp_(-1, 1).acos_().rad2deg_()
    return cosine


#: Angles to texts that are held at once: bounds the memory for large vocabularies.
_ANGLES_HELD = 2_000_000


def rows_at_once(n_texts: int) -> int:
    """How many pictures' angles to so many texts are held at once."""
    return max(1, _ANGLES_HELD // max(1, n_texts))


#: Angles computed at once: what fits a core's cache costs one pass over the memory, not three.
_AT_ONCE = 1 << 16
