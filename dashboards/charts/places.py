"""The map: where pictures lie, by a color for what is known of them."""

from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import AWAY, HUES, QUIET, TOWARDS

#: Points that are drawn: more of them a browser draws, but does not move smoothly.
DRAWN = 5_000

#: What points are colored by: a column, and its title.
COLORS = {
    "class": ("class", "class"),
    "is": ("is_deg", "IS (°)"),
    "as": ("as_deg", "AS (°)"),
    "energy": ("null_energy", "null energy"),
    "right": ("seen", "prediction"),
}

#: Classes that have a color; the others are gray.
_NAMED = len(HUES) - 1

#: Faint: what is not in the part that was chosen.
_FAINT = 0.12


def prepared(points: pl.DataFrame) -> pl.DataFrame:
    """Add what is drawn: the commonest classes by name, and whether a prediction is right."""
    common = points["class_name"].value_counts(sort=True)["class_name"].head(_NAMED).to_list()
    return points.with_columns(
        pl.when(pl.col("class_name").is_in(common))
        .then("class_name")
        .otherwise(pl.lit("others"))
        .alias("class"),
        pl.when("is_right").then(pl.lit("right")).otherwise(pl.lit("wrong")).alias("seen"),
    )


def places(
    points: pl.DataFrame, side: str, by: str, shown: str, box: tuple[float, ...] | None
) -> Figure:
    """Points of one side of the pairs.

    Parameters
    ----------
    points
        From :func:`prepared`; with ``chosen`` where a part of the map was chosen.
    side
        ``original`` or ``equivalent``.
    box
        The part that was chosen, in the originals' places.
    """
    x, y = ("x", "y") if side == "original" else ("equivalent_x", "equivalent_y")
    chosen = pl.lit(True)
    if box is not None:
        x0, x1, y0, y1 = box
        chosen = pl.col("x").is_between(x0, x1) & pl.col("y").is_between(y0, y1)
    rows = points.with_columns(pl.when(chosen).then(0.8).otherwise(_FAINT).alias("ink"))
    bare: dict[str, Any] = {"labels": False, "ticks": False, "domain": False, "grid": False}
    scales = [alt.Scale(domain=_ends(points, axis), nice=False) for axis in ("x", "y")]
    chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=26)
        .encode(
            x=alt.X(f"{x}:Q", title=_SIDES[side], scale=scales[0], axis=alt.Axis(**bare)),
            y=alt.Y(f"{y}:Q", title=None, scale=scales[1], axis=alt.Axis(**bare)),
            color=_color(by, rows),
            opacity=alt.Opacity("ink:Q", scale=None),
            tooltip=[
                "class_name", "predicted_class", *axes.tips("as_deg", "is_deg", "null_energy"),
            ],
        )
    )  # fmt: skip
    if side == "original":
        # In the terms of what Streamlit hears: a box, by its ends on both axes.
        chart = chart.add_params(alt.selection_interval(name="box"))
    method = points["method"][0] if len(points) else "map"
    note = _DISTANCES.get(method, "")
    return Figure(
        f"map-{side}-{by}",
        chart.properties(height=430),
        f"Each point is a picture: {_READS[side]} {shown} {note}",
        f"Map of {len(points)} pictures, {_SIDES[side]}, colored by {COLORS[by][1]}.",
        rows.drop("ink"),
        hint="Drag a box to choose pictures.",
    )


def _ends(points: pl.DataFrame, axis: str) -> list[float]:
    """The ends of an axis that both sides share: all but the last few points, with a margin."""
    values = pl.concat([points[axis], points[f"equivalent_{axis}"]])
    low, high = (float(values.quantile(q) or 0.0) for q in (0.002, 0.998))
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _color(by: str, rows: pl.DataFrame) -> alt.Color:
    column, title = COLORS[by]
    if by == "class":
        names = sorted(set(rows["class"]) - {"others"})
        return alt.Color(
            "class:N",
            scale=alt.Scale(domain=[*names, "others"], range=[*HUES[: len(names)], QUIET]),
            legend=axes.legend(columns=4, labelLimit=120),
        )
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
