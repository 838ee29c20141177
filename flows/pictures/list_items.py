"""List the items of a study that has no pictures: a table with an id and a class of each."""

from pathlib import Path

import polars as pl

from flows.terminal.lists import listed
from sing_core.files.image_folder import by_row
from warehouse.digests import text_digest

#: What the paths, classes and contents of pictures are called in a table of items.
_COLUMNS = {"id": "path", "class": "folder", "sha256": "sha256"}


class ItemsError(RuntimeError):
    """A table of items that cannot be used."""

    exit_code = 2


def list_items(table: Path) -> pl.DataFrame:
    """Return ``path, folder, sha256`` of each item, in the table's order.

    The id stands for the path and the class for the folder. Without a column
    ``sha256``, an id is taken to stand for its content too.

    Raises
    ------
    ItemsError
        If the table cannot be read, or an item lacks an id of its own or a class.
    """
    try:
        # As text: 007 is an id of three characters.
        items = (
            pl.read_parquet(table, glob=False)
            if table.suffix == ".parquet"
            else pl.read_csv(table, infer_schema=False, glob=False)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        words = " ".join(str(error).split())[:200]
        raise ItemsError(f"{table} cannot be read as a table: {words}") from error
    lacking = [name for name in ("id", "class") if name not in items.columns]
    if lacking:
        raise ItemsError(
            f"{table} has no column {' and no column '.join(lacking)}; need id and class, got "
            f"{listed(items.columns)}"
        )
    given = [name for name in _COLUMNS if name in items.columns]
    items = items.select(_text(table, items[name]) for name in given).rename(
        {name: _COLUMNS[name] for name in given}
    )
    if items.is_empty():
        raise ItemsError(f"{table} has no rows; need one an item")
    repeated = items.filter(pl.col("path").is_duplicated())["path"].unique().sort().to_list()
    if repeated:
        raise ItemsError(f"{table} has {listed(repeated)} more than once; need an id of its own")
    if "sha256" not in items.columns:
        paths = items.select("path")
        items = items.with_columns(by_row("sha256", paths, lambda row: text_digest(row[0])))
    return items


def _text(table: Path, column: pl.Series) -> pl.Series:
    text = isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum)
    if not (text or column.dtype.is_integer()):
        raise ItemsError(
            f"column {column.name} of {table} is {column.dtype}; need text or whole numbers"
        )
    column = column.cast(pl.String)
    empty = (column.is_null() | (column.str.strip_chars() == "")).arg_true()
    if len(empty):
        raise ItemsError(
            f"{len(empty)} rows of {table} have no {column.name} (first: row {empty[0] + 1}); need "
            "one in every row"
        )
    return column
