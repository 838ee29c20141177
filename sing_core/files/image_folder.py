"""What is known of picture files, a balanced sample of them, and who is held out."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path

import polars as pl

from sing_core.files.containers import container_of, read
from sing_core.files.contents import ContainerError
from sing_core.files.images import RejectedImageError
from sing_core.files.look import inspect, inspect_stream

#: Raised when looking at a file may tell something else than before.
SCAN_VERSION = 3

#: What is known of a file: where, how large, its content, and why it was refused (or not).
FILES = pl.Schema(
    {
        "path": pl.String,
        "folder": pl.String,
        "size": pl.Int64,
        "mtime_ns": pl.Int64,
        "ctime_ns": pl.Int64,
        "sha256": pl.String,
        "width": pl.Int64,
        "height": pl.Int64,
        "blank": pl.Boolean,
        "reason": pl.String,
    }
)
#: What looking tells: digest, width, height, if it is blank, and why it is refused.
_Looked = tuple[str | None, int | None, int | None, bool | None, str | None]
_STAT = ("path", "size", "mtime_ns", "ctime_ns")


def image_id(path: str, sha256: str) -> str:
    """Return the id of a picture: one file's content at one relative path.

    It does not depend on what else is in the folder. Other content under the
    same path is another picture.
    """
    return hashlib.sha256(f"{path}\0{sha256}".encode()).hexdigest()[:16]


def look_at(
    root: Path,
    files: pl.DataFrame,
    known: pl.DataFrame,
    on_progress: Callable[[int], None] = lambda n: None,
    read: Callable[[Path, str], bytes] = read,
) -> pl.DataFrame:
    """Add content digest, size in pixels and reason of refusal to listed files.

    What is ``known`` of a file with the same path, size and times of change is
    not looked up again. Memory and time go with the number of files; pixels of
    few are decoded (`inspect`).

    Parameters
    ----------
    read
        Gives the bytes of what is no file of its own.
    """
    joined = files.join(known.drop("folder").unique(_STAT), on=_STAT, how="left")
    seen = joined.filter(pl.col("sha256").is_not_null() | pl.col("reason").is_not_null())
    new = files.join(seen, on="path", how="anti")
    on_progress(len(seen))
    looked: list[_Looked] = []
    with ThreadPoolExecutor() as pool:
        # In blocks: a queue of a million waiting files would be a memory of its own.
        for block in new["path"].to_frame().iter_slices(4096):
            for found in pool.map(partial(_look, root, read), block["path"]):
                looked.append(found)
                on_progress(1)
    columns = {name: FILES[name] for name in ("sha256", "width", "height", "blank", "reason")}
    fresh = new.hstack(pl.DataFrame(looked, schema=columns, orient="row"))
    return pl.concat([seen.select(list(FILES)), fresh.select(list(FILES))]).sort("path")


def _look(root: Path, read: Callable[[Path, str], bytes], path: str) -> _Looked:
    try:
        if "://" not in path and container_of(root, path) is None:
            file = inspect(root / path)
        else:
            file = inspect_stream(BytesIO(read(root, path)))
    except (RejectedImageError, ContainerError) as error:
        return None, None, None, None, str(error)
    return file.sha256, file.width, file.height, file.blank, None


def seeded_order(values: pl.Series, seed: int) -> pl.Series:
    """Return a random but repeatable key for each value, which depends on nothing but it."""
    return by_row("order", values.to_frame(), lambda row: _hex16(f"{seed}\0{row[0]}"))


def image_ids(images: pl.DataFrame) -> pl.Series:
    """The id of each picture, by its ``path`` and ``sha256``."""
    rows = images.select("path", "sha256")
    return by_row("image_id", rows, lambda row: image_id(*row))


def _hex16(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def by_row(name: str, rows: pl.DataFrame, text_of: Callable[[tuple[str, ...]], str]) -> pl.Series:
    """A column of texts, one a row; never as many Python objects at once as there are rows."""
    blocks = (
        pl.Series(name, [text_of(row) for row in block.iter_rows()], dtype=pl.String)
        for block in rows.iter_slices(65_536)
    )
    whole = pl.Series(name, [], dtype=pl.String)
    for block in blocks:
        whole.append(block)
    return whole.rechunk()


def sample(
    files: pl.DataFrame, refused: set[str], *, limit: int | None, per_class: int | None, seed: int
) -> pl.DataFrame:
    """Draw a balanced, seeded sample of listed files; all of them without limits.

    Classes share the total evenly, as far as they have pictures. Adding files
    leaves most of an earlier sample in place. ``refused`` paths give their
    place to the next in line.
    """
    if limit is None and per_class is None:
        return files
    ordered = files.with_columns(seeded_order(files["path"], seed)).filter(
        ~pl.col("path").is_in(sorted(refused))
    )
    ranked = ordered.with_columns(
        pl.col("order").rank("ordinal").over("folder").alias("rank")
    ).sort("rank", "order")
    if per_class is not None:
        ranked = ranked.filter(pl.col("rank") <= per_class)
    if limit is not None:
        ranked = ranked.head(limit)
    return ranked.drop("order", "rank").sort("path")


def split(images: pl.DataFrame, *, holdout: float, seed: int) -> pl.Series:
    """Assign each picture to ``fit`` or ``holdout``, evenly within each class.

    The share is rounded to whole pictures; a class of two or more has at least
    one of each. Pictures with the same content, in whatever class, go to the
    same side: a copy of a fitted picture is not held out.

    Parameters
    ----------
    images
        With ``class_index`` and ``sha256``.
    """
    contents = images.select("class_index", "sha256").unique(
        "sha256", keep="first", maintain_order=True
    )
    contents = contents.with_columns(seeded_order(contents["sha256"], seed)).with_columns(
        pl.col("order").rank("ordinal").over("class_index").alias("rank"),
        pl.len().over("class_index").alias("n"),
    )
    wanted = (pl.col("n") * holdout).round().clip(1, pl.max_horizontal(1, pl.col("n") - 1))
    held = (pl.col("rank") <= wanted) & (pl.col("n") > 1) & (holdout > 0)
    sides = contents.select(
        "sha256", pl.when(held).then(pl.lit("holdout")).otherwise(pl.lit("fit")).alias("split")
    )
    return images.select("sha256").join(sides, on="sha256", how="left", maintain_order="left")[
        "split"
    ]
