"""Steering: how far images can be turned towards a text without the model noticing."""

from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import TOWARDS, Palette


def curves(rows: pl.DataFrame, source: str, target: str, at_deg: float, palette: Palette) -> Figure:
    """AS towards the target over the IS of the step, a line a model."""
    rows = rows.with_columns(
        low=pl.col("as_mean_deg") - pl.col("as_sd_deg"),
        high=pl.col("as_mean_deg") + pl.col("as_sd_deg"),
    )
    most = max(rows["n"].to_list(), default=0)
    tips: list[Any] = [
        "model",
        *axes.tips("is_deg", "as_mean_deg", "as_sd_deg", "epsilon_mean"),
        *axes.tips("reachable_share", form=".0%"),
        "n",
    ]
    x = alt.X("is_deg:Q", title="IS of the step (degrees)")
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
        axes.upright_at(at_deg),
    )
    return Figure(
        f"steering-{source}-{target}",
        chart.properties(height=440),
        f"{source} images, moved inside the null space towards “{target}”: with equal logits, AS "
        f"grows at most as fast as IS. Means over those of {most} images that a "
        "step can turn so far, faint where these are few, none where a line ends; bands: one "
        "standard deviation; dashed: the target IS.",
        f"AS over IS for {source} images steered towards {target}, {rows['model'].n_unique()} "
        "models.",
        rows.drop("low", "high"),
    )


def confusion(pairs: pl.DataFrame, model: str, shown: str) -> Figure:
    """Class by class: mean AS towards the other class at the target IS."""
    target_is = float(pairs["target_is_deg"][0])
    chart = (
        alt.Chart(pairs)
        .mark_rect()
        .encode(
            x=alt.X(
                "target_class:N",
                title="towards",
                axis=axes.slanted_names(120),
            ),
            y=alt.Y(
                "source_class:N",
                title="images of",
                axis=axes.names(),
            ),
            color=alt.Color(
                "as_mean_deg:Q",
                scale=alt.Scale(domainMin=0, range=["#9aa0a818", TOWARDS], interpolate="rgb"),
                legend=axes.ramp("mean AS (°)"),
            ),
            tooltip=[
                "source_class",
                "target_class",
                *axes.tips("as_mean_deg", "as_sd_deg"),
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
        f"How far images of a class (row) can be turned towards another (column) by {model} with "
        f"equal logits, by steps of IS {target_is:g}°: mean AS in degrees, over the images that "
        f"such a step can turn so far. {shown}.",
        f"Heat map of mean AS of {n} classes towards each other by {model}.",
        pairs,
        hint="Click a cell to choose the pair.",
    )
