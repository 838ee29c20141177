"""Texts: from a class or concept to the sentences that are embedded."""

import re
from functools import cache

#: The paper's text for a class.
DEFAULT_TEMPLATE = "an image of a {}"

_ARTICLE = re.compile(r"\b([Aa])n? \{\}")

#: Names that bring an article of their own: "a cappella", "an hourglass", "the dog".
_HAS_ARTICLE = re.compile(r"(an?|the) ", re.IGNORECASE)

#: What stands in a name only to sort it: "001.ak47" of Caltech and CUB.
_ORDER = re.compile(r"^\d{3}\.(?=\D)")


@cache
def _article(name: str) -> str:
    if number := re.match(r"\d+", name):
        return "an" if _starts_with_a_vowel(number[0]) else "a"
    return _usual_article(name)


@cache
def _usual_article(name: str) -> str:
    import inflect  # a second that only new texts need to wait for

    return str(inflect.engine().a(name)).split(" ", 1)[0]


def _starts_with_a_vowel(digits: str) -> bool:
    """Whether one says eight, eleven or eighteen first; 1100 and 1812 are said in hundreds."""
    first = digits[: len(digits) % 3 or 3]
    in_hundreds = len(digits) == 4 and digits[:2] in ("11", "18")
    return first.startswith("8") or first in ("11", "18") or in_hundreds


def in_words(name: str) -> str:
    """Return a name as one says it.

    "great_white_shark" is "great white shark", " bird" is "bird", and "001.ak47"
    is "ak47": its number only sorts.
    """
    spoken = _ORDER.sub("", " ".join(name.replace("_", " ").split()))
    return spoken or name


def fill(template: str, name: str) -> str:
    """Put a name, in words, into a template such as ``"an image of a {}"``.

    An article right before the name is made to fit it: "an image of an apple",
    "an hourglass", "a unicycle", "an 8-ball". A name that has an article keeps
    its own.

    Raises
    ------
    ValueError
        If the template does not hold ``{}`` exactly once.
    """
    if template.count("{}") != 1:
        raise ValueError(f"the template {template!r} must hold {{}} once, where the name goes")
    words = in_words(name)
    article = _ARTICLE.search(template)
    if article is None:
        return template.replace("{}", words)
    before, after = template[: article.start()], template[article.end() :]
    said = words if _HAS_ARTICLE.match(words) else f"{_article(words)} {words}"
    return before + (said[0].upper() + said[1:] if article[1] == "A" else said) + after


def prompts(templates: tuple[str, ...], names: list[str]) -> list[str]:
    """Every template filled with every name, the templates of one name together."""
    return [fill(template, name) for name in names for template in templates]


def reworded(templates: tuple[str, ...], names: list[str]) -> list[str]:
    """The prompts that hold more or less than a name as it stands, after its usual article.

    Earlier versions worded them otherwise, so what was embedded of them is another text.
    """
    return [
        fill(template, name)
        for name in names
        for template in templates
        if not _is_as_written(template, name)
    ]


def _is_as_written(template: str, name: str) -> bool:
    if in_words(name) != name:
        return False
    if _ARTICLE.search(template) is None:
        return True
    if _HAS_ARTICLE.match(name):
        return False
    return not name[:1].isdecimal() or _article(name) == _usual_article(name)
