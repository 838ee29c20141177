"""The classes that a study names: a file's, or ImageNet's."""

from dataclasses import dataclass
from pathlib import Path

from flows.study.images import IMAGENET, Images
from flows.terminal.lists import close_to, listed


@dataclass(frozen=True)
class ClassList:
    """Classes in the order of their index.

    Attributes
    ----------
    folders
        What each one's folder is called; the name itself, unless folders are WordNet ids.
    are_heads
        Whether these are the head's own classes, in the order of its outputs.
    """

    folders: list[str]
    names: list[str]
    are_heads: bool


def given_classes(images: Images) -> ClassList | None:
    """The head's classes as a study gives them; None where it does not."""
    given = images.class_names
    if given is None:
        return None
    if given == IMAGENET:
        return timm_classes(IMAGENET)
    lines = Path(given).read_text(encoding="utf-8-sig").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    return ClassList(names, names, are_heads=True)


def timm_classes(subset: str) -> ClassList:
    """One of timm's lists of ImageNet's classes: folders by WordNet id, the first of the names."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo(subset)
    names = [info.index_to_description(i) for i in range(info.num_classes())]
    return ClassList(
        list(info.label_names()), [name.split(",")[0] for name in names], are_heads=True
    )


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
    for folder, name in zip(classes.folders, classes.names, strict=True):
        meant.setdefault(folder, set()).add(folder)
        meant.setdefault(name, set()).add(folder)
    unknown = [name for name in images.classes if name not in meant]
    if unknown:
        more = f" and {len(unknown) - 1} more of the list" if len(unknown) > 1 else ""
        raise ValueError(
            f"images.classes: there is no class {unknown[0]!r}{more}; known by folder or name: "
            f"{close_to(unknown[0], list(meant))}"
        )
    for name in images.classes:
        if len(meant[name]) > 1:
            raise ValueError(
                f"images.classes: {name!r} is the name of {len(meant[name])} classes; give the "
                f"folder, one of {listed(sorted(meant[name]))}"
            )
    return {folder for name in images.classes for folder in meant[name]}
