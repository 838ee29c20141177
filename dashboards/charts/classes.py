"""Classes: how |AS| is spread within each, and whether models agree about them."""

from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import QUIET, Palette

#: How strongly the middle half is filled.
_BODY = 0.35


def boxes(spread: pl.DataFrame, palette: Palette, shown: str) -> Figure:
    """Boxes of |AS| per class, one or two models side by side.

    Parameters
    ----------
    spread
        One row per model and class, in the order in which classes are drawn; ``label`` is
        a name that no other class has.
    shown
        Which classes of how many these are, in words.
    """
    order = spread["label"].unique(maintain_order=True).to_list()
    y = alt.Y(
        "label:N",
        sort=order,
        title=None,
        axis=axes.names(180),
    )
    offset = alt.YOffset("model:N")
    models = spread["model"].unique().sort().to_list()
    named = models if len(models) > 1 else []
    color = palette.color(only=named)
    # Filled faintly, so that the median stands out; outlined, so that it is seen on any ground.
    fill, stroke = palette.outlined(only=named)
    tips: list[Any] = [
        "model",
        "class_name",
        "n",
        *axes.tips(
            "q05_deg", "q25_deg", "abs_as_median_deg", "abs_as_ci_low_deg", "abs_as_ci_high_deg",
            "q75_deg", "q95_deg",
        ),
    ]  # fmt: skip
    base = alt.Chart(spread).encode(y=y, yOffset=offset, tooltip=tips)
    x = alt.X("q05_deg:Q", title="|AS| towards the true class (degrees)")
    pick = alt.selection_point(name="class", fields=["label"])
    chart = alt.layer(
        base.mark_rule(opacity=1).encode(x=x, x2="q95_deg:Q", color=color),
        base.mark_bar(opacity=1, fillOpacity=_BODY, strokeWidth=1.2, size=11)
        .encode(x="q25_deg:Q", x2="q75_deg:Q", fill=fill, stroke=stroke)
        .add_params(pick),
        base.mark_tick(thickness=3, size=13, opacity=1).encode(
            x="abs_as_median_deg:Q", color=color
        ),
    )
    return Figure(
        "classes-" + "-".join(models),
        chart.properties(height=(22 if len(models) == 1 else 32) * len(order) + 90),
        f"|AS| of the images of each class: median (tick), middle half (bar), 5 to 95 % (line); "
        f"{shown}. A class far to the right leaks: removing what the head cannot see makes its "
        "images more or less like their class.",
        f"Spread of |AS| within {len(order)} classes.",
        spread,
        hint="Click a bar to see its images.",
    )


def against(pairs: pl.DataFrame, a: str, b: str) -> Figure:
    """Median |AS| of each class by one model against another."""
    most = 1.05 * float(pairs.select("a_deg", "b_deg").to_numpy().max()) or 1.0
    scale = alt.Scale(domain=[0, most], nice=False)
    pick = alt.selection_point(name="class", fields=["label"])
    numbers = ("a_deg", "a_low_deg", "a_high_deg", "b_deg", "b_low_deg", "b_high_deg")
    points = (
        alt.Chart(pairs)
        .mark_point(filled=True, size=60, color=QUIET, opacity=1)
        .encode(
            x=alt.X("a_deg:Q", title=f"median |AS| by {a} (degrees)", scale=scale),
            y=alt.Y("b_deg:Q", title=f"median |AS| by {b} (degrees)", scale=scale),
            tooltip=["class_name", "n", *axes.tips(*numbers)],
        )
        .add_params(pick)
    )
    return Figure(
        f"classes-{a}-against-{b}",
        alt.layer(axes.diagonal(most), points).properties(height=380),
        f"One point a class. Above the line, {b} leaks more about it than {a}.",
        f"Median |AS| of {len(pairs)} classes, {b} against {a}.",
        pairs,
        hint="Click a point to see the class.",
    )
