"""Steering: how far images can be turned towards a text without the model noticing."""

import math
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import TOWARDS, Palette

#: What a curve goes over: a column, its title, and how to read it.
CURVES = {
    "length": (
        "epsilon_over_null_mean",
        "Length of the step (typical null parts)",
        "Steep: a short step is enough. One typical null part is what null removal takes away, the "
        "median of the steered images.",
    ),
    "is": ("is_deg", "IS of the step (degrees)", "AS grows at most as fast as IS."),
}

#: What a cell of the heat map is.
CELLS = {
    "length": (
        "epsilon_over_null_mean",
        "step (typical null parts)",
        "Color: the length of the step, over that of a typical null part (the median of the "
        "steered images); few is easy.",
    ),
    "gain": (
        "gain_deg",
        "AS beyond a step outside (°)",
        "Color: how much further it turns them towards the other class than a step as long "
        "outside the null space, degrees.",
    ),
    "as": ("as_mean_deg", "mean AS (°)", "Color: mean AS, degrees."),
}

#: Cells hardly differ where nine in ten are within this share of the larger.
_HARDLY = 0.15


def measured(rows: pl.DataFrame, by: str) -> str:
    """Return what was asked for, or AS over IS where the run has no lengths of steps."""
    if not rows[CELLS["length"][0]].is_null().all():
        return by
    return "is" if by in CURVES else "as"


def curves(rows: pl.DataFrame, source: str, target: str, by: str, palette: Palette) -> Figure:
    """AS towards the target over the step's length or IS, a line a model, with its control."""
    column, title, reads = CURVES[by]
    rows = rows.with_columns(
        low=pl.col("as_mean_deg") - pl.col("as_sd_deg"),
        high=pl.col("as_mean_deg") + pl.col("as_sd_deg"),
    )
    most = max(rows["n"].to_list(), default=0)
    tips: list[Any] = [
        "model",
        *axes.tips("is_deg", "as_mean_deg", "as_sd_deg", "control_as_mean_deg"),
        *axes.tips("epsilon_mean", "epsilon_over_null_mean", "epsilon_over_norm_mean"),
        *axes.tips("reachable_share", form=".0%"),
        "n",
    ]
    # Long steps gain little: by their square root, short ones have room.
    more: dict[str, Any] = {}
    if by == "length":
        longest = rows.select(pl.col(column).cast(pl.Float64).max()).item()
        numbers = alt.Axis(values=axes.one_two_five(longest), format="~g")
        more = {"scale": alt.Scale(type="sqrt"), "axis": numbers}
    x = alt.X(f"{column}:Q", title=title, **more)
    base = alt.Chart(rows.filter(pl.col("as_mean_deg").is_not_null())).encode(x=x, tooltip=tips)
    chart = alt.layer(
        base.mark_area(opacity=0.1).encode(
            y=alt.Y("low:Q", title=f"AS towards {target} (degrees)"),
            y2="high:Q",
            color=palette.color(),
        ),
        base.mark_line(strokeWidth=2).encode(y="as_mean_deg:Q", color=palette.color()),
        base.mark_point(filled=True, size=60).encode(
            y="as_mean_deg:Q",
            color=palette.color(),
            shape=palette.shape(),
            opacity=alt.Opacity(
                "reachable_share:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None
            ),
        ),
        base.mark_line(strokeWidth=1.5, strokeDash=[5, 4]).encode(
            y="control_as_mean_deg:Q", color=palette.color()
        ),
    )
    return Figure(
        f"steering-{source}-{target}",
        chart.properties(height=440),
        f"{source} images, moved inside the null space towards “{target}” with equal logits. "
        f"{reads} Dashed: a step as long outside the null space, along what the head sees. Means "
        f"over those of {most} images that a step can turn so far, faint where these are few, none "
        "where a line ends; bands: one standard deviation.",
        f"AS over IS for {source} images steered towards {target}, {rows['model'].n_unique()} "
        "models.",
        rows.drop("low", "high"),
    )


def confusion(pairs: pl.DataFrame, model: str, by: str, shown: str) -> Figure:
    """Class by class: what a turn towards the other class takes, or how far it goes."""
    column, title, reads = CELLS[by]
    gain = pl.col("as_mean_deg") - pl.col("control_as_mean_deg")
    pairs = pairs.with_columns(gain_deg=gain).drop_nulls(column)
    target_is = float(pairs["target_is_deg"][0]) if len(pairs) else math.nan
    chart = (
        alt.Chart(pairs)
        .mark_rect()
        .encode(
            x=alt.X(
                "target_class:N",
                title="towards",
                axis=axes.slanted_names(120, pairs["target_class"].n_unique()),
            ),
            y=alt.Y(
                "source_class:N",
                title="images of",
                axis=axes.names(),
            ),
            color=alt.Color(
                f"{column}:Q",
                # Fitted to what is there: from zero, cells that differ little would look alike.
                scale=alt.Scale(zero=False, range=["#9aa0a818", TOWARDS], interpolate="rgb"),
                legend=axes.ramp(title),
            ),
            tooltip=[
                "source_class",
                "target_class",
                *axes.tips("as_mean_deg", "as_sd_deg", "control_as_mean_deg"),
                *axes.tips("epsilon_over_null_mean", "epsilon_over_norm_mean"),
                *axes.tips("reachable_share", form=".0%"),
                "n",
            ],
        )
        .add_params(alt.selection_point(name="pair", fields=["source_class", "target_class"]))
    )
    n = pairs["source_class"].n_unique()
    return Figure(
        f"confusion-{model}",
        chart.properties(height=20 * n + 190),
        f"Images of a class (row), turned towards another (column) by {model} with equal logits, "
        f"by steps of IS {target_is:g}°. {reads} Means over the images that such a step can turn "
        f"so far. {shown}.{_alike(pairs[column])}",
        f"Heat map of {n} classes, turned towards each other by {model}: {title}.",
        pairs,
        hint="Click a cell to choose the pair.",
    )


def _alike(cells: pl.Series) -> str:
    """Say so where colors that are fitted to the cells show differences that are small."""
    if cells.is_empty():
        return ""
    low, high = (float(cells.quantile(q) or 0.0) for q in (0.05, 0.95))
    if high - low >= _HARDLY * max(abs(low), abs(high)):
        return ""
    return f" The cells hardly differ: nine in ten lie between {low:.3g} and {high:.3g}."
