"""Runs: the same models in two runs, and figures from run to run and from model to model."""

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import EQUIVALENT, ORIGINAL, QUIET, Palette


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


#: Figures whose history is drawn, as the view ``trends`` calls them, and what they are.
HISTORIES = {
    "class_share": "Class share in the null space",
    "is_as_ratio": "IS / |AS|, the paper's ratio",
    "ratio_excess": "Ratio over that of a random step",
    "abs_as_median_deg": "Median |AS| (degrees)",
    "is_median_deg": "Median IS (degrees)",
    "null_energy_mean": "Mean null energy (share)",
    "headroom": "What a new head would gain (share)",
    "translator_r2": "R² of the translator",
}


def history(rows: pl.DataFrame, metric: str, palette: Palette, changed: pl.DataFrame) -> Figure:
    """One figure over a study's runs, a line a model, with its intervals.

    Parameters
    ----------
    changed
        Runs that were asked or made otherwise than the one before: ``finished_at, changed``.
    """
    title = HISTORIES[metric]
    base = alt.Chart(rows).encode(
        x=alt.X(
            "finished_at:T",
            title="When the run finished (UTC)",
            axis=alt.Axis(format="%d %b, %H:%M", labelOverlap=True, labelSeparation=8),
        ),
        color=palette.color(),
        tooltip=["model", "run_id", "finished_at:T", *axes.tips("value", "low", "high")],
    )
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            y=alt.Y("low:Q", title=title, scale=alt.Scale(zero=False)), y2="high:Q"
        ),
        base.mark_line(strokeWidth=2).encode(y="value:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y="value:Q", shape=palette.shape()),
        alt.Chart(changed)
        .mark_rule(color=QUIET, strokeDash=[4, 3], strokeWidth=2)
        .encode(x="finished_at:T", tooltip=["finished_at:T", "changed"]),
    )
    n = rows["run_id"].n_unique()
    return Figure(
        f"history-{metric}",
        chart.properties(height=340),
        f"{title} over {n} runs of the study. Upright lines: 95 % intervals, where they are "
        "stored; two that do not touch differ by more than the choice of images."
        + (" Dashed: a run with other settings or another version." if len(changed) else ""),
        f"{title} of {rows['model'].n_unique()} models over {n} runs.",
        rows,
    )


def series(rows: pl.DataFrame, metric: str, name: str, palette: Palette) -> Figure:
    """One figure over the models of a series, in the order of the study.

    Parameters
    ----------
    rows
        Of question ``series``, in that order.
    """
    title = HISTORIES[metric]
    x = alt.X(
        "model:N", sort=rows["model"].to_list(), title=name, axis=axes.slanted_names(160, len(rows))
    )
    base = alt.Chart(rows).encode(x=x, tooltip=["model", *axes.tips("value", "low", "high")])
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            y=alt.Y("low:Q", title=title, scale=alt.Scale(zero=False)), y2="high:Q"
        ),
        base.mark_line(strokeWidth=2, color=QUIET).encode(y="value:Q"),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            y="value:Q", color=palette.color(only=[])
        ),
    )
    return Figure(
        f"series-{name}-{metric}",
        chart.properties(height=300),
        f"{title} from model to model of the series, in the study's order. Upright lines: 95 % "
        "intervals, where they are stored.",
        f"{title} over {len(rows)} models of {name}.",
        rows,
    )
