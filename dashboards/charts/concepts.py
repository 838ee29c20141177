"""Concepts: where phrases stand to images, before and after null removal."""

import altair as alt
import numpy as np
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import MOST_MARKS, Figure
from dashboards.charts.palette import AWAY, EQUIVALENT, ORIGINAL, QUIET, TOWARDS

#: How much of what does not differ from its control is drawn.
_FAINT = 0.3
_FAINTLY = " Faint: does not differ from a random step of the same length."


def strings(concepts: pl.DataFrame, whose: str, name: str) -> Figure:
    """Angles of originals and equivalents to each phrase, joined by an arrow.

    Parameters
    ----------
    concepts
        ``phrase, angle_original_mean_deg, angle_equivalent_mean_deg, as_mean_deg``
        in the order of the rows; where they have a control, also
        ``differs_from_control`` (false is drawn faint).
    whose
        Whose angles these are, in words.
    """
    moved = pl.col("as_mean_deg")
    rows = concepts.with_columns(
        pl.when(moved > 0).then(pl.lit("towards")).otherwise(pl.lit("away")).alias("way"),
        _ink(concepts),
    )
    order = rows["phrase"].to_list()
    numbers = (
        "angle_original_mean_deg", "angle_equivalent_mean_deg", "as_mean_deg", "as_ci_low_deg",
        "as_ci_high_deg", "control_as_mean_deg", "p_adjusted",
    )  # fmt: skip
    known = [name for name in numbers if name in rows.columns]
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "phrase:N",
            sort=order,
            title=None,
            axis=axes.names(220),
        ),
        opacity=alt.Opacity("ink:Q", scale=None),
        tooltip=["phrase", *axes.tips(*known)],
    )
    zoom = alt.Scale(zero=False, nice=True, padding=12)
    side = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["original", "equivalent"], range=[ORIGINAL, EQUIVALENT]),
        legend=axes.legend(),
    )
    x = alt.X(
        "angle_original_mean_deg:Q",
        title="Angle to the phrase (degrees; left is alike)",
        scale=zoom,
    )
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, color=QUIET).encode(x=x, x2="angle_equivalent_mean_deg:Q"),
        base.transform_calculate(side="'original'")
        .mark_point(filled=True, size=70, shape="circle")
        .encode(x="angle_original_mean_deg:Q", color=side),
        base.transform_filter("datum.way == 'towards'")
        .transform_calculate(side="'equivalent'")
        .mark_point(filled=True, size=110, shape="triangle-left")
        .encode(x="angle_equivalent_mean_deg:Q", color=side),
        base.transform_filter("datum.way == 'away'")
        .transform_calculate(side="'equivalent'")
        .mark_point(filled=True, size=110, shape="triangle-right")
        .encode(x="angle_equivalent_mean_deg:Q", color=side),
    )
    return Figure(
        name,
        chart.properties(height=22 * len(rows) + 90),
        f"{whose}: from the original (dot) to the equivalent without its null part (arrow head). "
        "An arrow to the left moves towards the phrase. All angles are large, as always between "
        "pictures and texts; the length of the arrow is AS."
        + ("" if (rows["ink"] == 1).all() else _FAINTLY),
        f"Angles to {len(rows)} phrases before and after null removal, {whose}.",
        rows.drop("ink"),
    )


def heat(cells: pl.DataFrame, shown: str, name: str) -> Figure:
    """Mean AS of each class and phrase, as colors around zero."""
    cells = cells.head(MOST_MARKS).with_columns(_ink(cells))
    most = float(np.abs(cells["as_mean_deg"].to_numpy()).max()) or 1.0
    chart = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=alt.X(
                "phrase:N",
                title=None,
                axis=axes.slanted_names(130),
            ),
            y=alt.Y("label:N", title=None, axis=axes.names()),
            color=alt.Color(
                "as_mean_deg:Q",
                scale=alt.Scale(
                    domain=[-most, 0, most], range=[AWAY, "#9aa0a822", TOWARDS], interpolate="rgb"
                ),
                legend=axes.ramp("mean AS (°)"),
            ),
            opacity=alt.Opacity("ink:Q", scale=None),
            tooltip=[
                "class_name",
                "phrase",
                *axes.tips("as_mean_deg", form="+.2f"),
                "differs_from_control",
                "n",
            ],
        )
        .add_params(alt.selection_point(name="class", fields=["label"]))
    )
    n = cells["label"].n_unique()
    return Figure(
        name,
        chart.properties(height=18 * n + 210),
        "Mean AS in degrees: orange towards the phrase when the null part is removed, blue away "
        f"from it; faint: does not differ from the control. {shown}.",
        f"Heat map of mean AS of {n} classes and {cells['phrase'].n_unique()} phrases.",
        cells.drop("ink"),
        hint="Click a cell to see its class.",
    )


def _ink(rows: pl.DataFrame) -> pl.Expr:
    """How strongly each row is drawn: all alike where there is no control."""
    if "differs_from_control" not in rows.columns:
        return pl.lit(1.0).alias("ink")
    return pl.when("differs_from_control").then(1.0).otherwise(_FAINT).alias("ink")
