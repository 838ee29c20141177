"""Rows for people and for programs, on stdout or in a file."""

import sys
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from rich.console import Console
from rich.table import Table

#: More rows than this on a terminal help nobody; a file has them all.
_MOST_ROWS = 200


def print_rows(rows: list[dict[str, Any]], title: str | None = None) -> None:
    """Print rows as a table on stdout, as wide as it needs to be."""
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        numeric = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(_cell(value) for value in row.values()))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    console.print(table)
    if len(rows) > _MOST_ROWS:
        print(f"({_MOST_ROWS} of {len(rows):,} rows; --format csv has them all)", file=sys.stderr)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_table(rows: pa.Table, kind: str, file: Path | None) -> None:
    """Write rows as ``table``, ``csv``, ``json`` or ``parquet``; to stdout without a file."""
    frame = pl.from_arrow(rows)
    if isinstance(frame, pl.Series):
        frame = frame.to_frame()
    if kind == "table":
        if not frame.columns:
            return
        print_rows(frame.to_dicts() or [dict.fromkeys(frame.columns)])
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
