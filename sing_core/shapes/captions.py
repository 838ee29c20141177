"""Sentences about scenes, and the concept vocabulary, from one small grammar.

A caption is a sentence and what it claims: per attribute the set of values
that it allows. So of any caption and any scene it is known whether it is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from sing_core.shapes.scenes import ATTRIBUTES, Scene

#: What a caption allows: per attribute it speaks of, the values.
Claims = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Caption:
    """A sentence and what it claims."""

    text: str
    claims: Claims


def _kind(word: str, attribute: str, *values: str) -> tuple[str, tuple[str, frozenset[str]]]:
    return word, (attribute, frozenset(values))


_WARM = ("red", "orange", "yellow", "pink")

#: Phrases that hold for several values, in no group: they do not exclude each other.
_WIDER: dict[str, tuple[str, frozenset[str]]] = dict(
    [
        _kind("a round shape", "shape", "circle", "ring"),
        _kind("a pointed shape", "shape", "arrow", "bolt", "diamond", "star", "triangle"),
        _kind("a curved shape", "shape", "circle", "ring", "crescent", "drop", "heart",
              "semicircle", "flower"),
        _kind("a shape with straight edges", "shape", "arrow", "bolt", "cross", "diamond",
              "hexagon", "house", "square", "star", "triangle"),
        _kind("a shape with a hole", "shape", "ring"),
        _kind("a symbol of love", "shape", "heart"),
        _kind("a thing in the sky", "shape", "star", "crescent", "bolt"),
        _kind("a warm color", "fill_color", *_WARM),
        _kind("a cold color", "fill_color", "green", "cyan", "blue", "purple"),
        _kind("a warm background", "background_color", *_WARM),
        _kind("a cold background", "background_color", "green", "cyan", "blue", "purple"),
        _kind("a patterned background", "background", "striped", "checked"),
        _kind("a patterned shape", "texture", "striped", "dotted", "hatched"),
        _kind("small dots around", "distractors", "few", "many"),
    ]
)  # fmt: skip

#: Phrases of things that no scene shows: a control for whatever is said of the others.
ABSENT = (
    "a jellyfish", "a camel", "a bicycle", "the sea", "a piano", "a crowded street",
    "a newspaper", "a glass of milk", "an elephant", "a mountain", "a telephone", "wood",
)  # fmt: skip

_PHRASES: dict[str, str] = {
    "fill_color": "a {} shape",
    "background_color": "a {} background",
    "background": "a {} background",
    "texture": "a {} shape",
    "size": "a {} shape",
    "position": "a shape at the {}",
    "rotation": "a {} shape",
    "blur": "a {} picture",
    "brightness": "a {} picture",
}
_OWN_WORDS = {
    ("position", "center"): "a shape in the center",
    ("position", "left"): "a shape on the left",
    ("position", "right"): "a shape on the right",
    ("distractors", "none"): "a shape alone",
    ("distractors", "few"): "a few dots around",
    ("distractors", "many"): "many dots around",
    ("brightness", "normal"): "a picture of normal brightness",
}


def phrase(attribute: str, value: str) -> str:
    """Return the vocabulary's phrase for one value of one attribute."""
    if attribute == "shape":
        return _with_article(value)
    own = _OWN_WORDS.get((attribute, value))
    return own or _right_article(_PHRASES[attribute].format(value))


def group(attribute: str) -> str:
    """Return the vocabulary's name for an attribute."""
    return attribute.replace("_", " ")


def vocabulary() -> list[tuple[str | None, str]]:
    """Return (group, phrase) of every value, of wider phrases, and of absent things."""
    values = [
        (group(name), phrase(name, value))
        for name, values in ATTRIBUTES.items()
        for value in values
    ]
    wider: list[tuple[str | None, str]] = [(None, words) for words in _WIDER]
    return [*values, *wider, *(("absent", words) for words in ABSENT)]


def _with_article(words: str) -> str:
    """With the article that these words of ours take: no vowel of theirs is silent or a "you"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _right_article(words: str) -> str:
    return _with_article(words.removeprefix("a ")) if words.startswith("a ") else words


#: How often a caption speaks of an attribute. The class and the colors are what people name first.
_MENTIONED = {
    "shape": 0.7, "fill_color": 0.5, "background_color": 0.4, "background": 0.35, "texture": 0.4,
    "size": 0.3, "position": 0.3, "rotation": 0.25, "distractors": 0.25, "blur": 0.25,
    "brightness": 0.25,
}  # fmt: skip
_STARTS = ("an image of ", "a picture of ", "a drawing of ", "an image with ", "", "", "there is ")
_NOUNS = ("shape", "figure", "thing")


class Captioner:
    """Writes captions of scenes, in many wordings; seeded."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def caption(self, scene: Scene) -> Caption:
        """Write one true caption: a full sentence, a bare phrase, or a wider one."""
        style = self._rng.random()
        if style < 0.25:
            return self._phrase(scene)
        if style < 0.35:
            return self._wider(scene)
        return self._sentence(scene)

    def _one_of(self, words: tuple[str, ...]) -> str:
        return words[int(self._rng.integers(len(words)))]

    def _phrase(self, scene: Scene) -> Caption:
        attribute = self._one_of(tuple(ATTRIBUTES))
        value = getattr(scene, attribute)
        start = self._one_of(("", "", "an image of ", "a picture of "))
        return Caption(start + phrase(attribute, value), {attribute: frozenset([value])})

    def _wider(self, scene: Scene) -> Caption:
        true = tuple(
            words for words, (name, values) in _WIDER.items() if getattr(scene, name) in values
        )
        if not true:
            return self._phrase(scene)
        words = self._one_of(true)
        attribute, values = _WIDER[words]
        start = self._one_of(("", "an image of ", "a picture with "))
        return Caption(start + words, {attribute: values})

    def _sentence(self, scene: Scene) -> Caption:
        said = {name for name, share in _MENTIONED.items() if self._rng.random() < share}
        if not said:
            said = {"shape"}
        claims = {name: frozenset([getattr(scene, name)]) for name in said}

        def told(name: str, *wordings: str) -> list[str]:
            if name not in said:
                return []
            return [self._one_of(wordings).format(getattr(scene, name))]

        noun = scene.shape if "shape" in said else self._one_of(_NOUNS)
        adjectives = told("size", "{}") + told("rotation", "{}")
        adjectives += told("fill_color", "{}", "{} colored") + told("texture", "{}")
        if "blur" in said and self._rng.random() < 0.3:
            adjectives.insert(0, scene.blur)
            said.remove("blur")
        thing = _with_article(" ".join([*adjectives, noun]))
        behind = told("background_color", "{}") + told("background", "{}")
        if behind:
            thing += self._one_of((" on ", " before ", " over ")) + _with_article(
                " ".join([*behind, "background"])
            )
        if "position" in said:
            where = {"center": "in the center", "left": "on the left", "right": "on the right"}
            thing += " " + where.get(scene.position, f"at the {scene.position}")
        if "distractors" in said:
            thing += {
                "none": self._one_of((" alone", " without dots")),
                "few": self._one_of((" with a few dots around", " and a few small dots")),
                "many": self._one_of((" with many dots around", " and many small dots")),
            }[scene.distractors]
        about = told("blur", "{}") + told("brightness", "{}")
        if about:
            start = _with_article(" ".join([*about, self._one_of(("image", "picture"))])) + " of "
        else:
            start = self._one_of(_STARTS)
        return Caption(start + thing, claims)


def class_caption(shape: str) -> Caption:
    """Return the study's own text for a class."""
    return Caption(f"an image of {_with_article(shape)}", {"shape": frozenset([shape])})


def truth(captions: list[Caption], scene_codes: Int[np.ndarray, "n a"]) -> Bool[np.ndarray, "c n"]:
    """Tell of every caption and every scene whether the one is true of the other."""
    true = np.ones((len(captions), len(scene_codes)), dtype=bool)
    for column, (name, values) in enumerate(ATTRIBUTES.items()):
        allowed = np.array(
            [[v in c.claims.get(name, values) for v in values] for c in captions], dtype=bool
        ).reshape(len(captions), len(values))
        true &= allowed[:, scene_codes[:, column]]
    return true
