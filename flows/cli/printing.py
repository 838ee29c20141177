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
    headings: bool = True,
    whole: str = "--json has all of them",
) -> None:
    """Print rows as a table on stdout, no wider than the terminal (100 columns in a file).

    What does not fit is not squeezed: a few rows become lines of name and value, and of many
    rows the last columns are left out, and named.

    Parameters
    ----------
    names
        Columns, where there may be no row to tell them.
    n_rows
        How many rows there are, if these are only the first.
    headings
        Whether columns are headed for people; by their own names otherwise.
    whole
        How to see what is left out.
    """
    columns = list(names or (rows[0] if rows else ()))
    shown = rows[:_MOST_ROWS]
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH
    heads = {name: visible(heading(name) if headings else name) for name in columns}
    cells = {name: [_cell(row.get(name)) for row in shown] for name in columns}
    widths = {name: min(_WIDEST, max(map(len, (heads[name], *cells[name])))) for name in columns}
    fits = _fitting(columns, widths, console.width)
    if len(fits) < len(columns) and len(shown) <= _FEW:
        _print_lines(shown, heads, title, console)
    else:
        table = Table(title=title and visible(title), title_justify="left")
        for name in fits:
            numeric = any(isinstance(row.get(name), int | float) for row in rows)
            # A word is never cut: names of runs and files are to be copied.
            table.add_column(
                heads[name], justify="right" if numeric else "left", overflow="fold",
                max_width=None if numeric else _WIDEST,
            )  # fmt: skip
        for i in range(len(shown)):
            table.add_row(*(cells[name][i] for name in fits))
        console.print(table)
        if rest := columns[len(fits) :]:
            print(f"(… {len(rest)} more columns: {', '.join(rest)}; {whole})", file=sys.stderr)
    total = n_rows or len(rows)
    if total > _MOST_ROWS:
        print(f"({_MOST_ROWS} of {total:,} rows; --format csv has them all)", file=sys.stderr)


def heading(name: str) -> str:
    """Head a column for people: ``as_mean_deg`` is "AS mean (°)"."""
    words = name.removesuffix("_deg").split("_")
    said = " ".join(_SHORT.get(word, word) for word in words)
    return f"{said} (°)" if name.endswith("_deg") else said


#: Words of columns that stand for more.
_SHORT = {"as": "AS", "is": "IS", "ci": "95 %", "n": "images"}

#: Columns of a file, or of whatever has no width.
_WIDTH = 100
#: Characters of a column of words.
_WIDEST = 44
#: Rows that are told line by line where they are too wide.
_FEW = 3


def _fitting(columns: list[str], widths: dict[str, int], width: int) -> list[str]:
    """The first columns that fit, at least one."""
    used = 1
    fits: list[str] = []
    for name in columns:
        used += widths[name] + 3
        if used > width and fits:
            break
        fits.append(name)
    return fits


def _print_lines(
    rows: list[dict[str, Any]], heads: dict[str, str], title: str | None, console: Console
) -> None:
    if title:
        console.print(visible(title), style="italic")
    indent = max(map(len, heads.values()), default=0) + 2
    for row in rows:
        print()
        for name, head in heads.items():
            cell = _cell(row.get(name))
            room = max(20, console.width - indent)
            lines = [cell[i : i + room] for i in range(0, len(cell), room)] or [""]
            print(f"{head:<{indent}}{lines[0]}")
            for line in lines[1:]:
                print(" " * indent + line)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if type(value) is int else visible(str(value))


def interval(row: dict[str, Any], value: str, low: str, high: str) -> str:
    """Write a figure with its interval: ``2.4 (2.2 to 2.7)``; empty where it is not known."""
    if row[value] is None:
        return ""
    ends = "" if row[low] is None else f" ({row[low]:.2f} to {row[high]:.2f})"
    return f"{row[value]:.2f}{ends}"


def write_table(rows: pa.Table, kind: str, file: Path | None) -> None:
    """Write rows as ``table``, ``csv``, ``json`` or ``parquet``; to stdout without a file."""
    frame = pl.from_arrow(rows)
    if isinstance(frame, pl.Series):
        frame = frame.to_frame()
    if kind == "table":
        rows_ = frame.head(_MOST_ROWS).to_dicts()
        print_rows(
            rows_, names=frame.columns, n_rows=len(frame), headings=False,
            whole="--format csv has all of them",
        )  # fmt: skip
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
