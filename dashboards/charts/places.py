"""The map: where pictures lie, by a color for what is known of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import AWAY, HUES, QUIET, TOWARDS

#: Points that are drawn; of more pictures, cells are: a browser moves both smoothly.
DRAWN = 5_000

#: Cells each way.
ACROSS = 90

#: What points are colored by: a column, and its title.
COLORS = {
    "class": ("class", "class"),
    "is": ("is_deg", "IS (°)"),
    "as": ("as_deg", "AS (°)"),
    "energy": ("null_energy", "null energy"),
    "right": ("seen", "prediction"),
    "cluster": ("cluster", "cluster"),
}

#: Classes that have a color; the others are gray.
_NAMED = len(HUES) - 1

#: Faint: what is not in the part that was chosen.
_FAINT = 0.12


@dataclass(frozen=True)
class Part:
    """A part of the map that was chosen: a box, in the originals' places, and a cluster.

    Attributes
    ----------
    box
        Its ends on both axes; None for everywhere.
    cluster
        Its number; 0 for all.
    """

    box: tuple[float, ...] | None = None
    cluster: int = 0

    def __bool__(self) -> bool:
        return self.box is not None or self.cluster > 0

    @property
    def ends(self) -> dict[str, float]:
        """What the questions about a part are asked with."""
        everywhere = (-math.inf, math.inf, -math.inf, math.inf)
        names = ("x0", "x1", "y0", "y1")
        return dict(zip(names, self.box or everywhere, strict=True)) | {"cluster": self.cluster}

    def of(self) -> pl.Expr:
        """Whether a point lies in it."""
        x0, x1, y0, y1 = self.box or (-math.inf, math.inf, -math.inf, math.inf)
        there = pl.col("x").is_between(x0, x1) & pl.col("y").is_between(y0, y1)
        return there if not self.cluster else there & (pl.col("cluster") == self.cluster)


def common_classes(points: pl.DataFrame) -> list[str]:
    """The classes that have a color: those of most points."""
    counted = (
        points.group_by("class_name").len().sort("len", "class_name", descending=[True, False])
    )
    return counted["class_name"].head(_NAMED).to_list()


def _prepared(rows: pl.DataFrame, common: Sequence[str]) -> pl.DataFrame:
    """Add what is drawn: the commonest classes by name, and whether a prediction is right."""
    return rows.with_columns(
        pl.when(pl.col("class_name").is_in(common))
        .then("class_name")
        .otherwise(pl.lit("others"))
        .alias("class"),
        pl.when(pl.col("is_right") == 1)
        .then(pl.lit("right"))
        .when(pl.col("is_right") == 0)
        .then(pl.lit("wrong"))
        .alias("seen"),
    )


def places(points: pl.DataFrame, side: str, by: str, shown: str, part: Part) -> Figure:
    """Points of one side of the pairs.

    Parameters
    ----------
    points
        Rows of ``map_points``.
    side
        ``original`` or ``equivalent``.
    """
    x, y = ("x", "y") if side == "original" else ("equivalent_x", "equivalent_y")
    rows = _prepared(points, common_classes(points)).with_columns(
        ink=pl.when(part.of()).then(0.95).otherwise(_FAINT)
    )
    xs, ys = _axes(ends(points, "x"), ends(points, "y"), side)
    chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=26)
        .encode(
            x=alt.X(f"{x}:Q", **xs),
            y=alt.Y(f"{y}:Q", **ys),
            color=_color(by, rows, "datum.ink > 0.5"),
            opacity=alt.Opacity("ink:Q", scale=None),
            tooltip=[
                "class_name", "predicted_class", *axes.tips("as_deg", "is_deg", "null_energy"),
            ],
        )
    )  # fmt: skip
    reads = f"Each point is a picture: {_READS[side]}"
    return _figure(chart, rows, side, by, f"{reads} {shown}", points["method"][0])


def cells(
    found: pl.DataFrame, side: str, by: str, shown: str, common: Sequence[str], method: str
) -> Figure:
    """The same of very many pictures: cells, the darker the more lie in one.

    Parameters
    ----------
    found
        Rows of ``map_cells``.
    common
        Classes that have a color.
    """
    most = max(2.0, float(found["n"].max() or 0))  # type: ignore[arg-type]
    rows = _prepared(found, common).with_columns(
        ink=(0.25 + 0.75 * pl.col("n").log() / math.log(most))
        * (_FAINT + (1 - _FAINT) * pl.col("chosen"))
    )
    ends = found.select(pl.col("x", "y").min(), pl.col("x_to", "y_to").max()).row(0, named=True)
    xs, ys = _axes((ends["x"], ends["x_to"]), (ends["y"], ends["y_to"]), side)
    chart = (
        alt.Chart(rows)
        .mark_rect()
        .encode(
            x=alt.X("x:Q", **xs), x2="x_to", y=alt.Y("y:Q", **ys), y2="y_to",
            color=_color(by, rows, "datum.chosen > 0.5", of_cells=True),
            opacity=alt.Opacity("ink:Q", scale=None),
            tooltip=[
                alt.Tooltip("n:Q", title="pictures", format=","), "class_name",
                *axes.tips("as_deg", "is_deg", "null_energy"),
            ],
        )
    )  # fmt: skip
    reads = f"Each cell has the mean of its pictures (or what most are): {_READS[side]}"
    return _figure(chart, rows, side, by, f"{reads} {shown}", method)


def _axes(
    x: Sequence[float], y: Sequence[float], side: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    bare: dict[str, Any] = {"labels": False, "ticks": False, "domain": False, "grid": False}
    named = {"axis": alt.Axis(**bare)}
    scales = [alt.Scale(domain=list(ends), nice=False) for ends in (x, y)]
    return (
        {"title": _SIDES[side], "scale": scales[0], **named},
        {"title": None, "scale": scales[1], **named},
    )


def _figure(
    chart: alt.Chart, rows: pl.DataFrame, side: str, by: str, reads: str, method: str
) -> Figure:
    if side == "original":
        # In the terms of what Streamlit hears: a box, by its ends on both axes.
        chart = chart.add_params(alt.selection_interval(name="box"))
    return Figure(
        f"map-{side}-{by}",
        chart.properties(height=430),
        f"{reads} {_DISTANCES.get(method, '')}",
        f"Map of pictures, {_SIDES[side]}, colored by {COLORS[by][1]}.",
        rows.drop("ink"),
        hint="Drag a box to choose pictures.",
    )


def ends(points: pl.DataFrame, axis: str) -> list[float]:
    """The ends of an axis that both sides share: all but the last few points, with a margin."""
    values = pl.concat([points[axis], points[f"equivalent_{axis}"]])
    low, high = (float(values.quantile(q) or 0.0) for q in (0.002, 0.998))
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _color(by: str, rows: pl.DataFrame, chosen: str, *, of_cells: bool = False) -> Any:
    """Colors of what is chosen; the rest is gray."""
    color = _color_of(by, rows, of_cells)
    return alt.condition(chosen, color, alt.value(QUIET))


def _color_of(by: str, rows: pl.DataFrame, of_cells: bool) -> alt.Color:
    column, title = COLORS[by]
    if by == "class":
        names = sorted(set(rows["class"]) - {"others"})
        return alt.Color(
            "class:N",
            scale=alt.Scale(domain=[*names, "others"], range=[*HUES[: len(names)], QUIET]),
            legend=axes.legend(columns=4, labelLimit=120),
        )
    if by == "cluster":
        numbers = sorted(set(rows["cluster"].drop_nulls()))
        return alt.Color(
            "cluster:N",
            scale=alt.Scale(domain=numbers, range=list(HUES[: len(numbers)])),
            legend=axes.legend(),
        )
    if by == "right" and of_cells:
        scale = alt.Scale(scheme="viridis", domain=[0, 1])
        return alt.Color("is_right:Q", scale=scale, legend=axes.ramp("named right"))
    if by == "right":
        return alt.Color(
            "seen:N",
            scale=alt.Scale(domain=["right", "wrong"], range=[QUIET, TOWARDS]),
            legend=axes.legend(),
        )
    scale = alt.Scale(scheme="viridis")
    if by == "as":
        most = float(rows["as_deg"].abs().max() or 1.0)  # type: ignore[arg-type]
        scale = alt.Scale(domain=[-most, 0, most], range=[AWAY, "#c9ccd2", TOWARDS])
    return alt.Color(f"{column}:Q", scale=scale, legend=axes.ramp(title))


_SIDES = {"original": "as they are (T f)", "equivalent": "without their null part (T f~)"}
_READS = {
    "original": "where its translated feature lies among the space's pictures.",
    "equivalent": "where it lies without its null part, with the same logits.",
}
_DISTANCES = {
    "t-SNE": "Near points are alike; distances between heaps say nothing (t-SNE).",
    "PCA": "The plane of the two principal components.",
}
