"""The sixteen shapes as outlines: polygons around the origin, about one unit in radius, y down."""

import numpy as np
from jaxtyping import Float


def _arc(
    start_deg: int, end_deg: int, radius: float = 1.0, n: int = 48
) -> Float[np.ndarray, "p 2"]:
    angles = np.radians(np.linspace(start_deg, end_deg, n))
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def _regular(n: int, radius: float = 1.0) -> Float[np.ndarray, "p 2"]:
    """A regular polygon with a corner on top."""
    return _arc(-90, 270, radius, n + 1)[:-1]


def _lower(polygon: Float[np.ndarray, "p 2"], by: float) -> Float[np.ndarray, "p 2"]:
    return np.column_stack([polygon[:, 0], polygon[:, 1] + by])


def _star(points: int, inner: float) -> Float[np.ndarray, "p 2"]:
    corners = _arc(-90, 270, 1.0, 2 * points + 1)[:-1]
    corners[1::2] *= inner
    return corners


def _heart() -> Float[np.ndarray, "p 2"]:
    t = np.linspace(0, 2 * np.pi, 64)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.column_stack([x, -y]) / 16


def _flower() -> Float[np.ndarray, "p 2"]:
    t = np.linspace(0, 2 * np.pi, 96)
    radius = 0.72 + 0.28 * np.cos(6 * t)
    return np.column_stack([radius * np.cos(t), radius * np.sin(t)])


def _crescent() -> Float[np.ndarray, "p 2"]:
    outer = _arc(50, 310)
    inner = _arc(-58, 58, 0.9)[::-1] * [-1, 1] + [1.12, 0]
    return np.concatenate([outer, inner[::-1]])


def _drop() -> Float[np.ndarray, "p 2"]:
    return np.concatenate([[[0.0, -1.05]], _lower(_arc(-25, 205, 0.72), 0.3)])


def _corners(*numbers: float | int) -> Float[np.ndarray, "p 2"]:
    """Corners from x and y in turn."""
    return np.array(numbers, dtype=np.float64).reshape(-1, 2)


_OUTLINES: dict[str, Float[np.ndarray, "p 2"]] = {
    "arrow": _corners(
        -0.35, 0.95, -0.35, -0.05, -0.8, -0.05, 0, -1, 0.8, -0.05, 0.35, -0.05, 0.35, 0.95
    ),
    "bolt": _corners(
        0.2, -1, -0.7, 0.15, -0.1, 0.15, -0.3, 1, 0.7, -0.25, 0.1, -0.25, 0.55, -1
    ),
    "circle": _arc(0, 360, 0.9),
    "crescent": _crescent(),
    "cross": _corners(
        -0.32, -0.95, 0.32, -0.95, 0.32, -0.32, 0.95, -0.32, 0.95, 0.32, 0.32, 0.32,
        0.32, 0.95, -0.32, 0.95, -0.32, 0.32, -0.95, 0.32, -0.95, -0.32, -0.32, -0.32,
    ),
    "diamond": _corners(0, -1.05, 0.62, 0, 0, 1.05, -0.62, 0),
    "drop": _drop(),
    "flower": _flower(),
    "heart": _heart(),
    "hexagon": _regular(6, 0.95),
    "house": _corners(-0.7, 0.85, -0.7, -0.1, 0, -0.95, 0.7, -0.1, 0.7, 0.85),
    "ring": _arc(0, 360, 0.95),
    "semicircle": _lower(_arc(180, 360), 0.45),
    "square": _corners(-0.8, -0.8, 0.8, -0.8, 0.8, 0.8, -0.8, 0.8),
    "star": _star(5, 0.42),
    "triangle": _lower(_regular(3, 1.1), 0.2),
}  # fmt: skip
_HOLES: dict[str, Float[np.ndarray, "p 2"]] = {"ring": _arc(0, 360, 0.5)}


def outline(shape: str) -> tuple[Float[np.ndarray, "p 2"], Float[np.ndarray, "p 2"] | None]:
    """Return a shape's outline, and the hole in it if there is one."""
    return _OUTLINES[shape], _HOLES.get(shape)
