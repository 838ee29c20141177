"""The phrases of a study, by group."""

from flows.study.concepts import Concepts

#: The group that the study's classes make, in the tables of groups.
CLASS_GROUP = "class"


def vocabulary(concepts: Concepts | None) -> list[tuple[str | None, str]]:
    """Return the study's concepts as (group, phrase), in the order of the file."""
    if concepts is None:
        return []
    pairs: list[tuple[str | None, str]] = []
    for line in concepts.file.read_text(encoding="utf-8-sig").splitlines():
        group, colon, phrase = line.partition(":")
        if line.strip() and not line.lstrip().startswith("#"):
            pairs.append((group.strip() or None, phrase.strip()) if colon else (None, line.strip()))
    return pairs
