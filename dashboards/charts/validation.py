"""Validation: what the scores stand on, and what they are to be read against."""

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import EQUIVALENT, ORIGINAL, QUIET, Palette

_KINDS = {
    "null": "null removal",
    "random_vector": "random vector",
    "random_subspace": "random subspace",
    "principal": "principal direction",
    "covariance": "covariance direction",
}


def controls(rows: pl.DataFrame, palette: Palette) -> Figure:
    """IS / |AS| of null removal and of every draw of its controls."""
    names = pl.col("kind").replace(_KINDS)
    rows = rows.filter(pl.col("is_as_ratio").is_not_null()).with_columns(step=names)
    base = alt.Chart(rows).encode(
        y=alt.Y("step:N", sort=list(_KINDS.values()), title=None, axis=alt.Axis(labelLimit=190)),
        yOffset=alt.YOffset("model:N"),
        x=alt.X(
            "is_as_ratio:Q",
            title="IS / |AS| (log scale)",
            scale=alt.Scale(type="log", nice=False, padding=10),
        ),
        tooltip=["model", "step", "draw", *axes.tips("is_as_ratio"), "n"],
    )
    height = max(26, 9 * rows["model"].n_unique()) * rows["step"].n_unique()
    chart = base.mark_point(filled=True, size=55, opacity=0.85).encode(
        color=palette.color(), shape=palette.shape()
    )
    return Figure(
        "controls",
        chart.properties(height=height + 130),
        "The paper's ratio of null removal beside steps of the same size that know nothing of the "
        "head: one point a draw. A model whose null removal lies among its random vectors has a "
        "ratio that says nothing.",
        f"Ratios of null removal and four controls for {rows['model'].n_unique()} models.",
        rows,
    )


def logits(rows: pl.DataFrame, palette: Palette) -> Figure:
    """How far steps of equal size move the logits: the paper's figure 9."""
    rows = rows.with_columns(
        step=pl.col("kind").replace(_KINDS),
        # Rounding has no floor on a logarithmic axis; what is exactly zero is drawn at the edge.
        drawn=pl.max_horizontal(pl.col("logit_l2_median"), pl.lit(1e-16)),
    )
    chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=55, opacity=0.85)
        .encode(
            y=alt.Y(
                "step:N", sort=list(_KINDS.values()), title=None, axis=alt.Axis(labelLimit=190)
            ),
            yOffset=alt.YOffset("model:N"),
            x=alt.X(
                "drawn:Q",
                title="median logit change (L2, log scale)",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format=".0e", tickCount=6),
            ),
            color=palette.color(),
            shape=palette.shape(),
            tooltip=["model", "step", "draw", *axes.tips("logit_l2_median", form=".2e")],
        )
    )
    height = max(26, 9 * rows["model"].n_unique()) * rows["step"].n_unique()
    return Figure(
        "logit-changes",
        chart.properties(height=height + 130),
        "What each step does to the logits: null removal leaves rounding, steps of the same length "
        "elsewhere do not. This is the proof that pairs are equivalent.",
        f"Logit changes of null removal and four controls for {rows['model'].n_unique()} models.",
        rows.drop("drawn"),
    )


def truth(rows: pl.DataFrame, palette: Palette) -> Figure:
    """What SING says of each attribute against what changing it alone shows."""
    rows = rows.filter(pl.col("effect_share").is_not_null() & pl.col("null_share").is_not_null())
    unit = alt.Scale(domain=[0, 1])
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=75, opacity=0.9)
        .encode(
            x=alt.X(
                "null_share:Q", title="truth: share of the change in the null space", scale=unit
            ),
            y=alt.Y("effect_share:Q", title="effect_share, from labels alone", scale=unit),
            color=palette.color(),
            shape=palette.shape(),
            tooltip=[
                "model",
                "attribute",
                *axes.tips("null_share", "effect_share", "feature_share", "logit_move_l2"),
                *axes.tips("flipped_share", form=".1%"),
            ],
        )
    )
    return Figure(
        "truth",
        alt.layer(axes.diagonal(1.0), points).properties(height=520),
        "One point a model and attribute of the made world. Right: changing the attribute alone "
        "moves features inside the null space. Up: the score says so. On the line they agree.",
        f"Score against truth for {len(rows)} models' attributes.",
        rows,
    )


def rankings(rows: pl.DataFrame, of: str) -> Figure:
    """Which candidate scores rank attributes as the truth does."""
    some = rows.filter(pl.col("truth") == of).filter(pl.col("spearman").is_not_null())
    order = some.sort("spearman", descending=True)["score"].to_list()
    base = alt.Chart(some).encode(
        y=alt.Y(
            "score:N",
            sort=order,
            title=None,
            axis=axes.names(260),
        ),
        tooltip=[
            "score",
            "n",
            *axes.tips("spearman", "ci_low", "ci_high", "shuffled_low", "shuffled_high"),
        ],
    )
    x = alt.X(
        "shuffled_low:Q",
        title=f"Spearman correlation with the truth ({of})",
        scale=alt.Scale(domain=[-1, 1]),
    )
    chart = alt.layer(
        base.mark_bar(color=QUIET, opacity=0.25, height=16).encode(x=x, x2="shuffled_high:Q"),
        base.mark_rule(strokeWidth=2).encode(
            x="ci_low:Q", x2="ci_high:Q", color=alt.value(ORIGINAL)
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x="spearman:Q", color=alt.value(ORIGINAL)
        ),
    )
    return Figure(
        f"validation-{of}",
        chart.properties(height=22 * len(order) + 60),
        "Every candidate score against the measured truth, over all models' attributes: Spearman "
        "correlation with its 95 % interval; gray: what scores shuffled within their model reach.",
        f"Correlations of {len(order)} scores with {of}.",
        some,
    )


def translators(rows: pl.DataFrame) -> Figure:
    """How much of the space's own reading survives translation, and then null removal."""
    stages = {
        "top1_space": "space's own",
        "top1_translated": "translated",
        "top1_translated_principal": "no null part",
    }
    long = (
        rows.select("model", *stages)
        .rename(stages)
        .unpivot(index="model", variable_name="stage", value_name="top1")
        .drop_nulls()
    )
    chart = (
        alt.Chart(long)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=alt.X(
                "top1:Q",
                title="zero-shot top-1 on held-out pictures",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            y=alt.Y("model:N", title=None),
            color=alt.Color(
                "stage:N",
                scale=alt.Scale(domain=list(stages.values()), range=[QUIET, ORIGINAL, EQUIVALENT]),
                legend=axes.legend(),
            ),
            shape=alt.Shape(
                "stage:N",
                scale=alt.Scale(domain=list(stages.values())),
                legend=axes.legend(),
            ),
            tooltip=["model", "stage", *axes.tips("top1", form=".1%")],
        )
    )
    return Figure(
        "translators",
        chart.properties(height=30 * rows["model"].n_unique() + 100),
        "The share of held-out pictures whose class is the nearest text: by the space's own "
        "embeddings, by translated features, and by those without their null part. Angles can be "
        "trusted as far as the second comes near the first.",
        f"Zero-shot accuracies of {rows['model'].n_unique()} models' translations.",
        long,
    )
