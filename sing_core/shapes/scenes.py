"""Scenes: what a drawn picture shows, in words; drawn at random, or changed in one attribute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")

#: Every attribute of a scene and the values it can have. The shape is the class.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "shape": (
        "arrow", "bolt", "circle", "crescent", "cross", "diamond", "drop", "flower",
        "heart", "hexagon", "house", "ring", "semicircle", "square", "star", "triangle",
    ),
    "fill_color": COLORS,
    "background_color": COLORS,
    "background": ("plain", "gradient", "striped", "checked"),
    "texture": ("solid", "striped", "dotted", "hatched"),
    "size": ("small", "medium", "large"),
    "position": ("left", "right", "top", "bottom", "center"),
    "rotation": ("upright", "tilted"),
    "distractors": ("none", "few", "many"),
    "blur": ("sharp", "blurred"),
    "brightness": ("dark", "normal", "bright"),
}  # fmt: skip

CLASSES = ATTRIBUTES["shape"]


@dataclass(frozen=True)
class Scene:
    """A picture's description: the same description is the same picture, byte for byte.

    ``seed`` stands for what has no name (shades, exact place and angle, where
    the small dots lie). It is drawn apart from the named values, so one of them
    can be changed alone.
    """

    shape: str
    fill_color: str
    background_color: str
    background: str
    texture: str
    size: str
    position: str
    rotation: str
    distractors: str
    blur: str
    brightness: str
    seed: int

    def __post_init__(self) -> None:
        for attribute, values in ATTRIBUTES.items():
            if (value := getattr(self, attribute)) not in values:
                raise ValueError(f"{attribute} is {value!r}; need one of {', '.join(values)}")

    def changed(self, attribute: str, value: str) -> "Scene":
        """Return the scene with one attribute changed and everything else as it is."""
        return replace(self, **{attribute: value})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Cue:
    """A spurious cue: with this probability, the class decides the value of an attribute.

    Class ``i`` goes with value ``i`` modulo the number of values.
    """

    attribute: str
    share: float


#: Kinds of scenes that correlated attributes follow.
_KINDS = 8


def draw_scenes(
    n: int, seed: int, cue: Cue | None = None, *, correlated: float = 0.0
) -> list[Scene]:
    """Draw scenes with every value equally likely and independent, but for a ``cue``.

    Shapes take turns, so classes are balanced. The first ``n`` of a longer
    draw with the same seed are other scenes.

    Parameters
    ----------
    correlated
        With this probability a scene's kind is told by its shape, and each of its other attributes
        by its kind: as in real pictures, attributes go with classes and with each other.
    """
    rng = np.random.default_rng(seed)
    drawn = {name: rng.integers(len(values), size=n) for name, values in ATTRIBUTES.items()}
    drawn["shape"] = np.arange(n) % len(CLASSES)
    if cue is not None:
        told = drawn["shape"] % len(ATTRIBUTES[cue.attribute])
        follows = rng.random(n) < cue.share
        drawn[cue.attribute] = np.where(follows, told, drawn[cue.attribute])
    seeds = rng.integers(2**32, size=n)
    if correlated:
        by_shape = rng.random(n) < correlated
        kind = np.where(by_shape, drawn["shape"] % _KINDS, rng.integers(_KINDS, size=n))
        for name in list(ATTRIBUTES)[1:]:
            goes_along = rng.random(n) < correlated
            drawn[name] = np.where(goes_along, kind % len(ATTRIBUTES[name]), drawn[name])
    names = {name: np.array(values)[drawn[name]].tolist() for name, values in ATTRIBUTES.items()}
    return [
        Scene(**{name: values[i] for name, values in names.items()}, seed=int(seeds[i]))
        for i in range(n)
    ]


def counterfactual(scene: Scene, attribute: str, rng: np.random.Generator) -> Scene:
    """Return the scene with one attribute changed to another of its values, chosen at random."""
    others = [v for v in ATTRIBUTES[attribute] if v != getattr(scene, attribute)]
    return scene.changed(attribute, others[int(rng.integers(len(others)))])


def codes(scenes: list[Scene]) -> Int[np.ndarray, "n a"]:
    """Return the scenes' values as numbers, a column an attribute in the order of ATTRIBUTES."""
    number: Mapping[str, Mapping[str, int]] = {
        name: {value: i for i, value in enumerate(values)} for name, values in ATTRIBUTES.items()
    }
    return np.array(
        [[number[name][getattr(scene, name)] for name in ATTRIBUTES] for scene in scenes],
        dtype=np.int64,
    ).reshape(len(scenes), len(ATTRIBUTES))
