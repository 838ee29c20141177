"""Which classes the folders of pictures are, and which of them a study chose."""

from dataclasses import replace

import polars as pl

from flows.pictures.manifest import ClassFoldersError, ImagesError
from flows.study.class_lists import ClassList, chosen_folders, given_classes
from flows.study.class_names import AmbiguousClassError, index_of, same_form
from flows.study.images import IMAGENET, Images
from flows.terminal.progress import say


def classes_of(images: Images, where: str, listed: pl.DataFrame) -> ClassList:
    """The study's classes: those that it gives, else a class for each folder.

    Names are compared whatever their Unicode form, and folders ``0``, ``1``, …
    are the classes of these indices. The classes' folders come as they are
    spelled among the ``listed``.

    Raises
    ------
    ClassFoldersError
        If a folder is none of the classes that it gives, or may be several.
    """
    folders = listed["folder"].unique().sort().to_list()
    spelled: dict[str, str] = {}
    for folder in folders:
        if (other := spelled.setdefault(same_form(folder), folder)) != folder:
            raise ClassFoldersError(
                f"{where}: two have the name {other!r}, spelled in two forms of Unicode "
                f"({other!a} and {folder!a}); give one of them another name, or join them"
            )
    given = given_classes(images)
    if given is None:
        return ClassList(folders, folders, are_heads=False)
    known = set(map(same_form, given.folders))
    strange = [folder for form, folder in spelled.items() if form not in known]
    if strange and (by_index := _by_index(given, folders)) is not None:
        first = folders[0]
        say(f"{where} are classes by index: {first} is {given.names[int(first)]}, and so on")
        return by_index
    if strange:
        raise ClassFoldersError(_why_strange(images, where, strange, given))
    return replace(given, folders=[spelled.get(same_form(name), name) for name in given.folders])


def _by_index(given: ClassList, folders: list[str]) -> ClassList | None:
    """The classes, if all folders are indices of some; None if not."""
    if not all(folder.isascii() and folder.isdecimal() for folder in folders):
        return None
    place = {int(folder): folder for folder in folders}
    if len(place) < len(folders) or max(place) >= len(given.names):
        return None
    return replace(given, folders=[place.get(i, str(i)) for i in range(len(given.names))])


def _why_strange(images: Images, where: str, strange: list[str], given: ClassList) -> str:
    what = "WordNet ids of ImageNet" if images.class_names == IMAGENET else "class names"
    for folder in strange:
        try:
            index_of(folder, dict(enumerate(given.names)))
        except AmbiguousClassError as error:
            return (
                f"{where}: {error}, or list the classes in {images.class_names} as lines of "
                "folder<tab>name"
            )
    return (
        f"{len(strange)} {where} are not among the {len(given.folders)} {what} that "
        f"images.class_names gives (first: {strange[0]!r}); name them as the classes are "
        "named, or by their index from 0, or leave class_names out"
    )


def only_chosen(
    images: Images, where: str, listed: pl.DataFrame, odd: pl.DataFrame, classes: ClassList
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the files of the classes that the study chose, and what is odd among them.

    Raises
    ------
    ClassFoldersError, ImagesError
        If it chose a class that there is not, or none that has files.
    """
    if images.classes is None:
        return listed, odd
    try:
        chosen = chosen_folders(images, classes)
    except ValueError as error:
        raise ClassFoldersError(str(error)) from error
    listed = listed.filter(pl.col("folder").is_in(chosen))
    if listed.is_empty():
        raise ImagesError(
            f"no pictures of the classes that images.classes names in {where}; need some of at "
            "least one of them"
        )
    return listed, odd.filter(pl.col("path").str.split("/").list.first().is_in(chosen))
