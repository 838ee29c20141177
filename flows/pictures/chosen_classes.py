"""Which classes the folders of pictures are, and which of them a study chose."""

import polars as pl

from flows.pictures.manifest import ClassFoldersError, ImagesError
from flows.study.class_lists import ClassList, chosen_folders, given_classes
from flows.study.images import IMAGENET, Images


def classes_of(images: Images, where: str, listed: pl.DataFrame) -> ClassList:
    """The study's classes: those that it gives, else a class for each folder.

    Raises
    ------
    ClassFoldersError
        If a folder is none of the classes that it gives.
    """
    folders = listed["folder"].unique().sort().to_list()
    given = given_classes(images)
    if given is None:
        return ClassList(folders, folders, are_heads=False)
    strange = sorted(set(folders) - set(given.folders))
    if strange:
        what = "WordNet ids of ImageNet" if images.class_names == IMAGENET else "class names"
        raise ClassFoldersError(
            f"{len(strange)} {where} are not among the {len(given.folders)} {what} that "
            f"images.class_names gives (first: {strange[0]!r}); name them as the classes are "
            "named, or leave class_names out"
        )
    return given


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
