"""The phrases of a study, by group."""

import re

from flows.study.concepts import Concepts
from flows.study.text_files import read_text

#: The group that the study's classes make, in the tables of groups.
CLASS_GROUP = "class"

#: What ends a group's name: the first colon that is not within a number, as in 10:30 or 16:9.
_COLON = re.compile(r"(?<!\d):|:(?!\d)")

#: A comment; #1 is none.
_COMMENT = re.compile(r"\s*#(?!\d)")


def vocabulary(concepts: Concepts | None) -> list[tuple[str | None, str]]:
    """Return the study's concepts as (group, phrase), in the order of the file.

    What stands after a colon at the start of a line is a phrase as it is.

    Raises
    ------
    BadTextFileError
        If the file is not one of text, or too large.
    """
    if concepts is None:
        return []
    pairs: list[tuple[str | None, str]] = []
    for line in read_text(concepts.file).splitlines():
        if not line.strip() or _COMMENT.match(line):
            continue
        group, *phrase = _COLON.split(line, maxsplit=1)
        pairs.append((group.strip() or None, phrase[0].strip()) if phrase else (None, line.strip()))
    return pairs
