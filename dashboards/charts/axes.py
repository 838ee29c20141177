"""What charts have in common: axes of names, legends, numbers under the mouse, reference lines."""

import math
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts.palette import QUIET

#: For what is read against, not looked at.
_DASHES = [4, 3]

#: Points along an axis that a slanted name takes.
_SLANTED = 11

#: Numbers along an axis of square roots, beside zero.
_STEPS = 7

#: A chart is as narrow as on a phone below this many points.
_NARROW = 400


def names(limit: int | None = None, **more: Any) -> alt.Axis:
    """Return an axis on which every name is written, cut where it is longer than a limit."""
    if limit is not None:
        more["labelLimit"] = limit
    return alt.Axis(labelOverlap=False, labelFlush=False, **more)


def slanted_names(limit: int, n: int) -> alt.Axis:
    """Return the same for ``n`` names below a chart, where they would lie on one another.

    Where the chart is too narrow for all of them, every second or third one is written, and so on.
    """
    every = f"ceil({_SLANTED} * {n} / max(width, 1))"
    written = f"round(datum.index * {n - 1}) % {every} == 0 ? datum.label : ''"
    return names(limit, labelAngle=-50, labelExpr=written)


def legend(title: str | None = None, **more: Any) -> alt.Legend:
    """Return a legend above its chart, where it takes no width: on a phone, a line an entry."""
    if "columns" not in more:
        more["columns"] = _columns(1)
    return alt.Legend(title=title, orient="top", **more)


def _columns(narrow: int) -> alt.ExprRef:
    return alt.ExprRef(f"width < {_NARROW} ? {narrow} : 0")


def ramp(title: str) -> alt.Legend:
    """Return a legend of colors that stand for numbers, in steps.

    A continuous one is drawn by a reference to the page's address, and is empty once that changes.
    """
    squares: dict[str, Any] = {"symbolType": "square", "symbolSize": 200, "symbolStrokeWidth": 0}
    return legend(title, type="symbol", columns=_columns(3), **squares)


def tips(*columns: str, form: str = ".2f") -> list[Any]:
    """Return numbers that the mouse shows, in one format."""
    return [alt.Tooltip(f"{column}:Q", format=form) for column in columns]


def upright_at(value: float, *, dashed: bool = True) -> alt.Chart:
    """Return an upright line to read against."""
    line: dict[str, Any] = {"strokeDash": _DASHES} if dashed else {}
    chart: alt.Chart = alt.Chart(pl.DataFrame({"at": [value]})).mark_rule(color=QUIET, **line)
    return chart.encode(x="at:Q")


def diagonal(to: float) -> alt.Chart:
    """Return the line on which both axes say the same, from zero on."""
    ends = alt.Chart(pl.DataFrame({"from": [0.0, to]}))
    chart: alt.Chart = ends.mark_line(color=QUIET, strokeDash=_DASHES, strokeWidth=1)
    return chart.encode(x="from:Q", y=alt.Y("from:Q"))


def one_two_five(to: float | None) -> list[float]:
    """Return the last few of 0.1, 0.2, 0.5, 1, 2, … up to a number, after zero.

    On the scale of a square root these keep apart, which equal steps do not.
    """
    if to is None or to <= 0:
        return [0.0]
    top = math.floor(math.log10(to))
    series = [float(f"{digit}e{power}") for power in range(top - 3, top + 1) for digit in (1, 2, 5)]
    return [0.0, *[number for number in series if number <= to][-_STEPS:]]
