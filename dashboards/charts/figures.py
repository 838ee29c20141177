"""A figure: a chart with its caption and its numbers, shown on a page or written to a file."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from dashboards.charts.drawing import draw

#: No chart gets more marks than this: a browser draws every one of them on each look.
MOST_MARKS = 20_000

#: Width of a saved figure, in pixels; on a page it fills its place.
_WIDTH = 780

#: Widths of a column and of two, as journals have them.
COLUMN_MM, PAGE_MM = 84, 174

#: Labels keep their distance, the first and the last too.
_AXIS = {"labelFlush": False, "labelSeparation": 8}

#: Charts of Vega are drawn a point a pixel.
_MM_A_POINT = 25.4 / 72

#: A first character that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Figure:
    """What a reader sees and may take away.

    Attributes
    ----------
    name
        Stem of the file it is saved as.
    caption
        How to read it, in a sentence or two.
    alt
        What it shows, for who cannot see it.
    rows
        The numbers that it draws, with units in the columns' names.
    hint
        What a click into it does, where a page listens; no part of the caption elsewhere.
    """

    name: str
    chart: Any
    caption: str
    alt: str
    rows: pl.DataFrame
    hint: str = ""

    def svg(self) -> str:
        r"""Draw it as SVG, on light ground; a character that is no text is shown as ``\x1b``."""
        return draw("svg", self.name, self._specification()).decode()

    def png(self) -> bytes:
        """Draw it as PNG at twice the size of the screen."""
        return draw("png", self.name, self._specification())

    def pdf(self, width_mm: float) -> bytes:
        """Draw it as PDF of a paper's width, with its fonts in it."""
        return draw("pdf", self.name, self._specification(round(width_mm / _MM_A_POINT)))

    def _specification(self, width: int = _WIDTH) -> dict[str, Any]:
        specification: dict[str, Any] = json.loads(self.chart.to_json())
        specification.setdefault("config", {}).update(
            {"background": "white", "font": "sans-serif", "axis": _AXIS}
        )
        # As Streamlit does: the height is that of the whole, with legend and axes.
        specification["autosize"] = {"type": "fit", "contains": "padding"}
        specification["padding"] = 12
        if width != _WIDTH:
            specification["width"] = width
            specification["padding"] = 2
        specification.setdefault("width", width)
        return specification


def csv(rows: pl.DataFrame) -> bytes:
    """Write rows as CSV that a spreadsheet shows as it stands: no cell is a formula."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    safe = rows.with_columns(
        pl.when(pl.col(name).str.slice(0, 1).is_in(_FORMULA))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )
    file = io.BytesIO()
    safe.write_csv(file)
    return file.getvalue()


def parquet(rows: pl.DataFrame) -> bytes:
    """Write rows as Parquet."""
    file = io.BytesIO()
    rows.write_parquet(file)
    return file.getvalue()


def saved_as(figure: Figure) -> list[tuple[str, str, str, Callable[[], bytes]]]:
    """Return the files that a figure can be saved as: label, name, type, content."""
    return [
        ("PNG", file_name(figure.name, "png"), "image/png", figure.png),
        ("SVG", file_name(figure.name, "svg"), "image/svg+xml", lambda: figure.svg().encode()),
        *(
            (
                f"PDF, {width} mm",
                file_name(f"{figure.name}-{width}mm", "pdf"),
                "application/pdf",
                partial(figure.pdf, width),
            )
            for width in (COLUMN_MM, PAGE_MM)
        ),
        ("Caption", file_name(figure.name, "txt"), "text/plain", figure.caption.encode),
        ("CSV", file_name(figure.name, "csv"), "text/csv", lambda: csv(figure.rows)),
    ]


def file_name(name: str, ending: str) -> str:
    """Return a name for a file: classes and models may be called anything."""
    return f"{re.sub(r'[^a-zA-Z0-9_.-]+', '-', name)[:80]}.{ending}"
