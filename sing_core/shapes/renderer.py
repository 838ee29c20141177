"""Drawing a scene: a 64 × 64 RGB picture that its description alone decides."""

import math

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFilter

from sing_core.shapes.outlines import outline
from sing_core.shapes.scenes import Scene

#: Raised when a description is drawn otherwise than before.
RENDERER_VERSION = 1

#: Pixels a side.
SIDE = 64
#: Outlines are drawn so many times larger and averaged down, for smooth edges.
_FINER = 4

_RGB = {
    "red": (214, 40, 40),
    "orange": (240, 130, 20),
    "yellow": (235, 215, 45),
    "green": (50, 160, 60),
    "cyan": (60, 200, 210),
    "blue": (40, 80, 210),
    "purple": (120, 50, 170),
    "pink": (245, 130, 185),
}
#: Radius in pixels, smallest and largest.
_RADIUS = {"small": (9.0, 11.0), "medium": (14.0, 16.0), "large": (19.5, 22.0)}
#: Center as offset from the picture's, in pixels.
_OFFSET = {
    "left": (-9.0, 0.0), "right": (9.0, 0.0), "top": (0.0, -9.0), "bottom": (0.0, 9.0),
    "center": (0.0, 0.0),
}  # fmt: skip
_DOTS = {"none": 0, "few": 3, "many": 10}
_GAIN = {"dark": 0.5, "normal": 0.78, "bright": 1.0}

_X, _Y = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)


def render(scene: Scene) -> UInt8[np.ndarray, "64 64 3"]:
    """Draw a scene.

    All chances are taken in one order whatever the scene shows, so that a
    change of one attribute changes nothing else.
    """
    rng = np.random.default_rng(scene.seed)
    jitter = rng.uniform(-1, 1, 8)
    fill_shade, back_shade = rng.uniform(-14, 14, (2, 3))
    dots = rng.random((max(_DOTS.values()), 6))

    canvas = _background(scene, np.array(_RGB[scene.background_color]) + back_shade, jitter[0])
    _lay_dots(canvas, dots[: _DOTS[scene.distractors]])
    low, high = _RADIUS[scene.size]
    radius = low + (high - low) * (jitter[1] + 1) / 2
    dx, dy = _OFFSET[scene.position]
    x = SIDE / 2 + dx + 1.5 * jitter[2]
    y = SIDE / 2 + dy + 1.5 * jitter[3]
    angle = math.radians(4 * jitter[4])
    if scene.rotation == "tilted":
        angle += math.copysign(math.radians(30), jitter[5])
    border = _coverage(scene.shape, x, y, radius + 1.6, angle)
    inside = _coverage(scene.shape, x, y, radius, angle)
    fill = _fill(scene, np.array(_RGB[scene.fill_color]) + fill_shade, x, y, radius, angle)
    canvas += border[..., None] * (24.0 - canvas)
    canvas += inside[..., None] * (fill - canvas)
    pixels: UInt8[np.ndarray, "64 64 3"] = np.rint(
        np.clip(canvas * _GAIN[scene.brightness], 0, 255)
    ).astype(np.uint8)
    if scene.blur == "blurred":
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.6)))
    return pixels


def _background(
    scene: Scene, color: Float[np.ndarray, " 3"], jitter: float
) -> Float[np.ndarray, "64 64 3"]:
    # Paler than a fill of the same color, so that a red thing shows on red.
    color = 0.55 * color + 0.45 * 150
    angle = math.radians(45 + 25 * jitter)
    along = (_X * math.cos(angle) + _Y * math.sin(angle)) / SIDE
    match scene.background:
        case "plain":
            dark = np.zeros((SIDE, SIDE))
        case "gradient":
            dark = along - along.min()
        case "striped":
            dark = _wave(along * 6)
        case _:
            dark = np.abs(_wave(_X / 16 + jitter) - _wave(_Y / 16 + jitter))
    return color * (1 - 0.45 * dark[..., None])


def _fill(
    scene: Scene, color: Float[np.ndarray, " 3"], x: float, y: float, radius: float, angle: float
) -> Float[np.ndarray, "64 64 3"]:
    """The shape's color with its texture, which turns with the shape."""
    u = ((_X - x) * math.cos(angle) + (_Y - y) * math.sin(angle)) / 7
    v = ((_Y - y) * math.cos(angle) - (_X - x) * math.sin(angle)) / 7
    match scene.texture:
        case "solid":
            light = np.zeros((SIDE, SIDE))
        case "striped":
            light = _wave(v)
        case "dotted":
            light = (np.hypot((u % 1) - 0.5, (v % 1) - 0.5) < 0.3).astype(np.float64)
        case _:
            light = 1 - np.minimum(_wave(u + 0.25, 0.25), _wave(v + 0.25, 0.25))
    return color + 0.75 * light[..., None] * (255 - color)


def _wave(t: Float[np.ndarray, "64 64"], threshold: float = 0.0) -> Float[np.ndarray, "64 64"]:
    """A wave between 0 and 1 with soft edges and period 1."""
    return np.asarray(np.clip(0.5 + 2.5 * (np.sin(2 * np.pi * t) + threshold), 0, 1))


def _lay_dots(canvas: Float[np.ndarray, "64 64 3"], dots: Float[np.ndarray, "n 6"]) -> None:
    for x, y, size, *color in dots:
        rows, columns = (slice(max(0, int(c * SIDE) - 4), int(c * SIDE) + 5) for c in (y, x))
        away = np.hypot(_X[rows, columns] - x * SIDE, _Y[rows, columns] - y * SIDE)
        cover = np.clip(2.4 + 1.2 * size - away, 0, 1)[..., None]
        canvas[rows, columns] += cover * (60 + 180 * np.array(color) - canvas[rows, columns])


def _coverage(
    shape: str, x: float, y: float, radius: float, angle: float
) -> Float[np.ndarray, "64 64"]:
    """Which share of each pixel a shape covers."""
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    mask = Image.new("L", (SIDE * _FINER, SIDE * _FINER))
    pencil = ImageDraw.Draw(mask)
    for polygon, ink in zip(outline(shape), (255, 0), strict=True):
        if polygon is not None:
            corners = np.rint(((polygon * radius) @ turn + [x, y]) * _FINER)
            pencil.polygon(corners.reshape(-1).tolist(), fill=ink)
    return np.asarray(mask.reduce(_FINER), dtype=np.float64) / 255
