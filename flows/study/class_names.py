"""Names of classes: each is one class's alone, and whoever says less is asked which is meant.

Light, for commands that only read.
"""

import unicodedata
from collections import Counter

from flows.terminal.lists import listed


class AmbiguousClassError(ValueError):
    """A name that several classes share."""

    exit_code = 2


def same_form(name: str) -> str:
    """Return a name in the Unicode form that names are compared in: a Mac writes others."""
    return unicodedata.normalize("NFC", name)


def unique_names(synonyms: list[list[str]]) -> list[str]:
    """Give each class a name that no other has: the first of its own, if that is free.

    Else the next that no other class has among its own; where there is none,
    the first with the class's index: ``crane (517)``.
    """
    first = Counter(same_form(names[0]) for names in synonyms)
    anywhere = Counter(name for names in synonyms for name in {same_form(name) for name in names})
    chosen = [
        names[0]
        if first[same_form(names[0])] == 1
        else next((name for name in names[1:] if anywhere[same_form(name)] == 1), names[0])
        for names in synonyms
    ]
    return told_apart(dict(enumerate(chosen)))


def told_apart(names: dict[int, str]) -> list[str]:
    """Names of classes by their index; where several share one, each with its index."""
    count = Counter(map(same_form, names.values()))
    return [
        f"{name} ({index})" if count[same_form(name)] > 1 else name for index, name in names.items()
    ]


def word_of(name: str, index: int) -> str:
    """What a class is called, without the index that tells it from others of its name."""
    return name.removesuffix(f" ({index})") or name


def words_of(names: list[str]) -> list[str]:
    """What the classes of a list are called, in its order: two of them may be called the same."""
    return [word_of(name, index) for index, name in enumerate(names)]


def index_of(name: str, names: dict[int, str]) -> int | None:
    """Return which class is meant by a name; None if there is none.

    A class that is told from others by its index may be called without it, as
    long as it is the only one.

    Parameters
    ----------
    names
        Of all classes, by their index.

    Raises
    ------
    AmbiguousClassError
        If several are called so, naming them.
    """
    wanted = same_form(name)
    labels = zip(names, told_apart(names), strict=True)
    known = {index: same_form(label) for index, label in labels}
    meant = [index for index, label in known.items() if label == wanted]
    meant = meant or [index for index, label in known.items() if word_of(label, index) == wanted]
    if len(meant) > 1:
        raise AmbiguousClassError(
            f"{name!r} is the name of {len(meant)} classes; give one of "
            f"{listed([known[index] for index in meant])}"
        )
    return meant[0] if meant else None
