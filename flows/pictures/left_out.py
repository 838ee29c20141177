"""What lies in a folder of pictures and is not analyzed: counted and named, never in silence."""

from collections import Counter
from pathlib import Path, PurePosixPath

import polars as pl

from flows.pictures.manifest import ClassFoldersError
from flows.study.images import Images
from flows.terminal.lists import listed as in_a_list
from flows.terminal.progress import say
from sing_core.files.folder_walk import NO_PICTURE, Listing

#: What the parts of a data set are called that are no classes.
SPLITS = frozenset(
    (
        "train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval",
        "evaluation", "holdout",
    )
)  # fmt: skip

_EMPTY = "a class folder without a picture that can be used"


def check_splits(folder: Path, listed: pl.DataFrame) -> None:
    """Refuse a folder whose folders are the parts of a data set, with class folders in them.

    Raises
    ------
    ClassFoldersError
        If they are.
    """
    depth = pl.col("path").str.count_matches("/")
    nested = listed.group_by("folder").agg(depth.min()).filter(pl.col("path") > 1)
    splits = sorted(name for name in nested["folder"] if name.lower() in SPLITS)
    if len(splits) > 1 or splits == listed["folder"].unique().to_list():
        raise ClassFoldersError(
            f"{folder} holds the parts {in_a_list(splits)} of a data set, whose folders are the "
            f"classes; name one of them as images.root, as {folder / splits[-1]}"
        )


def passed_over_in(
    folder: Path,
    found: Listing,
    images: Images,
    listed: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    stored: bool,
) -> pl.DataFrame:
    """Return ``path, reason`` of what was passed over, and say it in a line or two.

    Parameters
    ----------
    listed
        The pictures of the classes that the study chose.
    seen
        Those that were looked at, with the reason why some are refused.
    stored
        Whether the run keeps the answer in table ``rejected_images``.
    """
    usable = seen.filter(pl.col("reason").is_null())["folder"].unique()
    # A sample may be too small to have looked at every class.
    waiting = set(listed["folder"]) - set(seen["folder"])
    empty = sorted(set(found.folders) - set(usable) - waiting)
    passed_over = found.passed_over
    if images.classes is not None:
        chosen = set(listed["folder"])
        empty = [name for name in empty if name in chosen or name in images.classes]
        first = pl.col("path").str.split("/").list.first()
        passed_over = passed_over.filter(first.is_in(sorted({*chosen, *empty})))
    if len(passed_over):
        kinds = Counter(_kind(*row) for row in passed_over.iter_rows())
        say(
            f"{len(passed_over):,} entries of {folder} are passed over: "
            f"{in_a_list([f'{kind} × {n:,}' for kind, n in kinds.most_common()], most=5)} "
            f"(the first: {passed_over['path'][0]})"
            + ("; table rejected_images has them all" if stored else "")
        )
    if empty:
        say(f"{len(empty):,} class folders of {folder} have no usable picture: {in_a_list(empty)}")
    no_pictures = pl.DataFrame(
        {"path": [f"{name}/" for name in empty], "reason": _EMPTY}, schema=passed_over.schema
    )
    return pl.concat([passed_over, no_pictures]).sort("path")


def _kind(path: str, reason: str) -> str:
    if reason != NO_PICTURE:
        return reason
    return f"{reason} ({PurePosixPath(path).suffix.lower() or 'no ending'})"
