"""The classes that a study names: a file's, or ImageNet's."""

import re
from dataclasses import dataclass
from pathlib import Path

from flows.study.class_names import same_form, unique_names, word_of
from flows.study.images import IMAGENET, Images
from flows.study.text_files import read_text
from flows.terminal.lists import close_to, listed

#: A line of ImageNet's own LOC_synset_mapping.txt: "n01440764 tench, Tinca tinca".
_SYNSET = re.compile(r"(n\d{8}) (\S.*)")


@dataclass(frozen=True)
class ClassList:
    """Classes in the order of their index.

    Attributes
    ----------
    folders
        What each one's folder is called; the name itself, unless a list gives both.
    names
        One a class, which no other has.
    are_heads
        Whether these are the head's own classes, in the order of its outputs.
    """

    folders: list[str]
    names: list[str]
    are_heads: bool


def given_classes(images: Images) -> ClassList | None:
    """The head's classes as a study gives them; None where it does not.

    A file has a name a line, or ``folder<tab>name``, or is ImageNet's own
    LOC_synset_mapping.txt.

    Raises
    ------
    BadTextFileError
        If it is not a file of text, or too large.
    """
    given = images.class_names
    if given is None:
        return None
    if given == IMAGENET:
        return timm_classes(IMAGENET)
    lines = [line for line in read_text(Path(given)).splitlines() if line.strip()]
    synsets = [_SYNSET.fullmatch(line.strip()) for line in lines]
    if lines and all(synsets):
        pairs = [(found[1], _synonyms(found[2])) for found in synsets if found]
    elif lines and all("\t" in line.strip() for line in lines):
        parts = [line.strip().split("\t", 1) for line in lines]
        pairs = [(folder.strip(), [name.strip()]) for folder, name in parts]
    else:
        names = unique_names([[line.strip()] for line in lines])
        return ClassList(names, names, are_heads=True)
    return ClassList(
        [folder for folder, _ in pairs], unique_names([names for _, names in pairs]), are_heads=True
    )


def _synonyms(description: str) -> list[str]:
    return [name.strip() for name in description.split(",")]


def timm_classes(subset: str) -> ClassList:
    """One of timm's lists of ImageNet's classes: folders by WordNet id, names by the list's."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo(subset)
    synonyms = [_synonyms(info.index_to_description(i)) for i in range(info.num_classes())]
    return ClassList(list(info.label_names()), unique_names(synonyms), are_heads=True)


def chosen_folders(images: Images, classes: ClassList) -> set[str]:
    """Return which class folders a study takes pictures from: all, or those of ``images.classes``.

    Raises
    ------
    ValueError
        If one of the chosen classes is unknown, or a name is that of several.
    """
    if images.classes is None:
        return set(classes.folders)
    meant: dict[str, set[str]] = {}
    for index, (folder, name) in enumerate(zip(classes.folders, classes.names, strict=True)):
        for word in {folder, name, word_of(name, index)}:
            meant.setdefault(same_form(word), set()).add(folder)
    unknown = [name for name in images.classes if same_form(name) not in meant]
    if unknown:
        more = f" and {len(unknown) - 1} more of the list" if len(unknown) > 1 else ""
        raise ValueError(
            f"images.classes: there is no class {unknown[0]!r}{more}; known by folder or name: "
            f"{close_to(unknown[0], list(meant))}"
        )
    chosen = set()
    for name in images.classes:
        folders = meant[same_form(name)]
        if len(folders) > 1:
            raise ValueError(
                f"images.classes: {name!r} is the name of {len(folders)} classes; give the "
                f"folder, one of {listed(sorted(folders))}"
            )
        chosen |= folders
    return chosen
