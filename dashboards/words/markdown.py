"""How a sentence is written down: as Markdown, with names letter by letter, or as plain text."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dashboards.words.visible import visible

#: What Markdown, and Streamlit beyond it, reads as anything but itself.
_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")


def literal(text: str) -> str:
    """Return Markdown that shows a text letter by letter.

    Class names come from folders, choices from addresses, and errors repeat what
    was asked: none of it may become a link, or a picture that some other host is
    asked for, with the results in its address.
    """
    return _SIGNS.sub(r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """Return a text with its spaces and line ends as single spaces, and controls spelled out."""
    return visible(" ".join(text.split()))


@dataclass(frozen=True)
class Writer:
    """What becomes of the parts of a sentence; all else in it means the same everywhere.

    Attributes
    ----------
    name
        A name of a class, a model or a group, which may hold any sign.
    phrase
        The same of words that are quoted.
    strong
        A figure, or words of our own, that stand out.
    """

    name: Callable[[str], str]
    phrase: Callable[[str], str]
    strong: Callable[[str], str]


def _slanted(text: str) -> str:
    return f"*{literal(text)}*"


#: For pages.
MARKDOWN = Writer(name=_slanted, phrase=_slanted, strong="**{}**".format)

#: For a terminal.
PLAIN = Writer(name=one_line, phrase=lambda text: f"“{one_line(text)}”", strong=str)
