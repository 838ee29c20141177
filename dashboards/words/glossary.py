"""Ten words, each with a picture: for the pages, and for docs/glossary.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

_WORDS = {
    "backbone": "The network without its last linear layer.",
    "penultimate feature": "*f*: what the last linear layer is given for a picture (after "
    "pooling and norm).",
    "classifier head": "That layer, `logits = W f + b`.",
    "null space": "All directions of *f* that `W` maps to zero: moving along them moves no logit.",
    "equivalent pair": "*f* and *f~* = *f* − Πn *f*, without its null part. The same logits, "
    "perhaps another meaning.",
    "translator": "*T*, a linear map from features to the image space of a vision-language model, "
    "fitted on your pictures.",
    "Image Score": "IS = ∠(T f, T f~): how far meaning moves at all, in degrees.",
    "Attribute Score": "AS = ∠(T f, t) − ∠(T f~, t): how much nearer the equivalent is to a text "
    "*t*. Positive: nearer. Always |AS| ≤ IS.",
    "own part": "What a class moves by beside what all classes share.",
    "control": "The same score of a step as long in a random direction. A number at its control "
    "says nothing.",
}


@dataclass(frozen=True)
class Word:
    """A word and what it means.

    Attributes
    ----------
    meaning
        In Markdown.
    svg
        Its picture; ``alt`` says what is in it.
    """

    word: str
    meaning: str
    svg: str
    alt: str

    @property
    def file(self) -> str:
        """The picture's name."""
        return _file(self.word)


def glossary() -> Iterator[Word]:
    """The ten words, in the order in which each needs only those before it."""
    for word, meaning in _WORDS.items():
        picture = files("dashboards") / "words" / "pictures" / _file(word)
        svg = picture.read_text(encoding="utf-8")
        (alt,) = re.findall(r'aria-label="([^"]*)"', svg)
        yield Word(word, meaning, svg, alt)


def _file(word: str) -> str:
    return word.lower().replace(" ", "-") + ".svg"
