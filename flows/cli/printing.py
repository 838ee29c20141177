"""Rows for people and for programs, on stdout or in a file."""

import sys
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from dashboards.words.visible import visible

#: More rows than this on a terminal help nobody; a file has them all.
_MOST_ROWS = 200


def print_rows(
    rows: list[dict[str, Any]],
    title: str | None = None,
    *,
    names: list[str] | None = None,
    n_rows: int | None = None,
) -> None:
    """Print rows as a table on stdout, as wide as it needs to be.

    Parameters
    ----------
    names
        Columns, where there may be no row to tell them.
    n_rows
        How many rows there are, if these are only the first.
    """
    table = Table(title=title and visible(title), title_justify="left")
    for name in names or (rows[0] if rows else ()):
        numeric = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(visible(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(_cell(value) for value in row.values()))
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000
    console.print(table)
    total = n_rows or len(rows)
    if total > _MOST_ROWS:
        print(f"({_MOST_ROWS} of {total:,} rows; --format csv has them all)", file=sys.stderr)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else visible(str(value))


def write_table(rows: pa.Table, kind: str, file: Path | None) -> None:
    """Write rows as ``table``, ``csv``, ``json`` or ``parquet``; to stdout without a file."""
    frame = pl.from_arrow(rows)
    if isinstance(frame, pl.Series):
        frame = frame.to_frame()
    if kind == "table":
        print_rows(frame.head(_MOST_ROWS).to_dicts(), names=frame.columns, n_rows=len(frame))
        return
    target: Any = file or sys.stdout.buffer
    sys.stdout.flush()
    match kind:
        case "csv":
            frame.write_csv(target)
        case "json":
            frame.write_json(target)
            if file is None:
                sys.stdout.buffer.write(b"\n")
        case "parquet":
            frame.write_parquet(target)
