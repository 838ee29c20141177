"""Every error of ours is raised by some input in the tests, and speaks of what people know."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: What a program calls things, and nobody else.
JARGON = (
    "traceback", "deserializ", "ndarray", "nonetype", "kwargs", "stack trace", "exception", "errno",
    "null pointer", "segfault", "assertion", "callable", "instance of", "keyerror",
    "iterable", "namespace", "boolean", "stdin is not", "invalid argument",
)  # fmt: skip


@cache
def sources():
    return tuple(_sources())


def _sources():
    for package in ("flows", "warehouse", "sing_core", "dashboards"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


@cache
def raised():
    """The words of every ``raise`` without what is filled in: class, place, text."""
    return tuple(_raised())


def _raised():
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                texts = [
                    part.value
                    for argument in node.exc.args
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
                yield name, f"{path.relative_to(ROOT)}:{node.lineno}", " ".join(texts)


def classes():
    """Names of the error classes of ours."""
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                yield node.name


def runs_of_words(text, n=3):
    words = text.split()
    return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}


TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").rglob("*.py"))
    if path != Path(__file__)
)


PLAIN = " ".join(TESTS.replace("\\", "").split())


@pytest.mark.parametrize("name", sorted(set(classes())))
def test_it_is_raised_by_some_input(name):
    """A test names the class, or reads three words of what it says."""
    said = set().union(*(runs_of_words(text) for other, _, text in raised() if other == name))

    assert re.search(rf"\b{name}\b", TESTS) or any(words in PLAIN for words in said), sorted(said)


def test_sentences_hold_no_jargon():
    found = {place: text.lower() for _, place, text in raised() if text}

    assert len(found) > 150
    told = {place: [word for word in JARGON if word in text] for place, text in found.items()}
    assert {place: words for place, words in told.items() if words} == {}
