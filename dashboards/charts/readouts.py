"""Readouts: what a line reads off each part of the features, and with how many pictures."""

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import EQUIVALENT, HUES, ORIGINAL, QUIET

#: What is read, as it is called in the columns and in the legend, and its color.
_VIEWS = {
    "all": ("all features", HUES[2]),
    "principal": ("what the head sees", ORIGINAL),
    "null": ("what it does not see", EQUIVALENT),
}

_NAMED = "share of held-out pictures named right"


def classes(rows: pl.DataFrame) -> Figure:
    """Dots with intervals: the classes, read off each part, by model.

    Parameters
    ----------
    rows
        Of question ``class_readouts``.
    """
    parts = [
        rows.select(
            "model", read=pl.lit(title), accuracy=f"{view}_accuracy", low=f"{view}_ci_low",
            high=f"{view}_ci_high",
        )
        for view, (title, _) in _VIEWS.items()
    ]  # fmt: skip
    order = rows.sort("null_accuracy", descending=True)["model"].to_list()
    y = alt.Y("model:N", sort=order, title=None, axis=axes.names(180))
    x = alt.X("low:Q", title=_NAMED, axis=alt.Axis(format="%"))
    base = alt.Chart(pl.concat(parts)).encode(y=y, color=_color(*_VIEWS))
    tips = ["model", "read", *axes.tips("accuracy", "low", "high", form=".1%")]
    beside = alt.Chart(rows).encode(
        y=y,
        tooltip=["model", *axes.tips("head_accuracy", "control_accuracy", "chance", form=".1%")],
    )
    layers = [
        beside.mark_tick(thickness=1.5, size=20, color=QUIET, strokeDash=[2, 2]).encode(
            x="chance:Q"
        ),
        beside.mark_tick(thickness=3, size=20, color=QUIET).encode(x="control_accuracy:Q"),
        beside.mark_point(shape="diamond", size=130, color=QUIET, strokeWidth=2).encode(
            x="head_accuracy:Q"
        ),
        base.mark_rule(strokeWidth=3).encode(x=x, x2="high:Q", tooltip=tips),
        base.mark_point(filled=True, size=100, opacity=1).encode(x="accuracy:Q", tooltip=tips),
    ]
    return Figure(
        "class-readouts",
        alt.layer(*layers).properties(height=34 * len(rows) + 170),
        f"Classes that a linear reader in closed form names right, of {rows['n_holdout'][0]:,} "
        "held-out pictures (bars: 95 %). Gray diamond: the model's own head; where it lies left of "
        "green, a new head would gain. Gray tick: a random subspace of the null space's dimension, "
        "which mostly reads as well; dashed: naming the commonest class.",
        f"Accuracy of linear readers of {len(rows)} models, by the part of the features.",
        rows,
    )


def groups(rows: pl.DataFrame, model: str) -> Figure:
    """What is read of every group off the head's part and off the null part, beside chance.

    Parameters
    ----------
    rows
        Of question ``group_readouts``.
    """
    told = _named(rows.filter(pl.col("view") != "all"))
    order = told.filter(pl.col("view") == "null").sort("accuracy", descending=True)
    y = alt.Y(
        "concept_group:N", sort=order["concept_group"].to_list(), title=None, axis=axes.names(180)
    )
    base = alt.Chart(told).encode(y=y, color=_color("principal", "null"))
    numbers = axes.tips("accuracy", "ci_low", "ci_high", "chance", form=".1%")
    tips = ["concept_group", "read", *numbers]
    x = alt.X("ci_low:Q", title=_NAMED, axis=alt.Axis(format="%"))
    chance = alt.Chart(told).mark_tick(thickness=1.5, size=18, color=QUIET, strokeDash=[2, 2])
    layers = [
        chance.encode(y=y, x="chance:Q"),
        base.mark_rule(strokeWidth=3).encode(x=x, x2="ci_high:Q", tooltip=tips),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="accuracy:Q", tooltip=tips),
    ]
    labels = " and ".join(sorted(set(told["labels"])))
    return Figure(
        f"group-readouts-{model}",
        alt.layer(*layers).properties(height=26 * told["concept_group"].n_unique() + 120),
        f"What a line reads of each group off {model}'s features (labels: {labels}; bars: 95 %; "
        "dashed: naming the commonest value). Blue at the dashed tick: the head cannot see it.",
        f"Accuracy of linear readers of every group, {model}.",
        told,
    )


def curve(rows: pl.DataFrame) -> Figure:
    """How well the classes are read with fewer pictures: would more help?

    Parameters
    ----------
    rows
        Of question ``readout_curve``.
    """
    told = _named(rows)
    numbers = axes.tips("accuracy", "ci_low", "ci_high", form=".1%")
    tips = ["model", "read", alt.Tooltip("n_fit:Q", format=","), *numbers]
    x = alt.X("n_fit:Q", title="pictures to fit on", axis=alt.Axis(format=",d", tickCount=4))
    base = alt.Chart(told).encode(x=x, color=_color("all", "null"), detail="model:N", tooltip=tips)
    y = alt.Y(
        "accuracy:Q",
        title="share named right",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(zero=False),
    )
    layers = [
        base.mark_line(strokeWidth=1.5).encode(y=y),
        base.mark_point(filled=True, size=60, opacity=1).encode(
            y=y,
            shape=alt.Shape(
                "model:N", legend=axes.legend(symbolFillColor=QUIET, symbolStrokeColor=QUIET)
            ),
        ),
        base.mark_rule(opacity=0.6).encode(
            y=alt.Y("ci_low:Q", title="share named right"), y2="ci_high:Q"
        ),
    ]
    return Figure(
        "readout-curve",
        alt.layer(*layers).properties(height=300),
        "The same with a quarter, a half and all of the pictures to fit on: where a line still "
        "rises, more pictures would read more.",
        "Learning curves of linear readers.",
        told,
    )


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    titles = {view: title for view, (title, _) in _VIEWS.items()}
    return rows.with_columns(pl.col("view").replace_strict(titles).alias("read"))


def _color(*views: str) -> alt.Color:
    titles, hues = zip(*(_VIEWS[view] for view in views), strict=True)
    scale = alt.Scale(domain=list(titles), range=list(hues))
    return alt.Color("read:N", scale=scale, legend=axes.legend(labelLimit=220))
