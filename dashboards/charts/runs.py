"""Runs: the same models in two runs."""

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import EQUIVALENT, ORIGINAL, QUIET


def changes(compared: pl.DataFrame, a: str, b: str) -> Figure:
    """Each model's ratio in both runs, with intervals."""
    long = pl.concat(
        compared.select(
            "model",
            pl.lit(run).alias("run"),
            pl.col(f"{side}_ratio").alias("ratio"),
            pl.col(f"{side}_low").alias("low"),
            pl.col(f"{side}_high").alias("high"),
        )
        for side, run in (("a", a), ("b", b))
    ).drop_nulls("ratio")
    legend = axes.legend(columns=1, labelLimit=400)
    base = alt.Chart(long).encode(
        y=alt.Y("model:N", title=None),
        yOffset=alt.YOffset("run:N", sort=[a, b]),
        color=alt.Color(
            "run:N",
            scale=alt.Scale(domain=[a, b], range=[ORIGINAL, EQUIVALENT]),
            legend=legend,
        ),
        tooltip=[
            "model",
            "run",
            *axes.tips("ratio", "low", "high"),
        ],
    )
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, color=QUIET).encode(
            x=alt.X("low:Q", title="IS / |AS|"), x2="high:Q"
        ),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x="ratio:Q",
            shape=alt.Shape("run:N", scale=alt.Scale(domain=[a, b]), legend=legend),
        ),
    )
    return Figure(
        "runs-compared",
        chart.properties(height=44 * long["model"].n_unique() + 120),
        "The paper's ratio of each model in both runs, with 95 % intervals. Intervals apart: the "
        "runs differ by more than the choice of images.",
        f"Ratios of {long['model'].n_unique()} models in two runs.",
        long,
    )
