"""Cures: what a changed head names, class by class, and what weaker and stronger ones would."""

import altair as alt
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import Figure
from dashboards.charts.palette import EQUIVALENT, ORIGINAL, QUIET

#: Classes that are drawn.
CLASSES = 30

_WHEN = {"before": ORIGINAL, "after": EQUIVALENT}


def classes(rows: pl.DataFrame, name: str) -> Figure:
    """Accuracy of each class before and after, the most changed first.

    Parameters
    ----------
    rows
        Of question ``cured_classes``.
    """
    some = rows.head(CLASSES)
    order = some["class_name"].to_list()
    long = pl.concat(
        some.select("class_name", "n", accuracy=f"accuracy_{when}", when=pl.lit(when))
        for when in _WHEN
    )
    y = alt.Y("class_name:N", sort=order, title=None, axis=axes.names(160))
    x = alt.X(
        "accuracy:Q", title="share of held-out pictures named right", axis=alt.Axis(format="%")
    )
    tips = ["class_name", "when", "n", *axes.tips("accuracy", form=".1%")]
    lines = alt.Chart(some).mark_rule(strokeWidth=2, color=QUIET, opacity=0.7)
    points = alt.Chart(long).mark_point(filled=True, size=90, opacity=1)
    chart = alt.layer(
        lines.encode(
            y=y,
            x=alt.X("accuracy_before:Q", title="share of held-out pictures named right"),
            x2="accuracy_after:Q",
        ),
        points.encode(y=y, x=x, color=_color("when", list(_WHEN)), tooltip=tips),
    )
    return Figure(
        f"cure-classes-{name}",
        chart.properties(height=22 * len(order) + 80),
        f"Held-out accuracy of {len(some)} of {len(rows)} classes before and after, the most "
        "changed first. Orange right of blue: the cure helps this class.",
        f"Accuracy of {len(some)} classes before and after a cure.",
        some,
    )


def steps(rows: pl.DataFrame, kind: str, name: str) -> Figure:
    """What weaker and stronger cures give, and what a line reads off their logits.

    Parameters
    ----------
    rows
        Of question ``cure_steps``.
    """
    value = "directions of the null space that are seen" if kind == "see" else "share of the change"
    read = "class read off the logits" if kind == "see" else "group read off the logits"
    lines = ["accuracy", read]
    long = pl.concat(
        rows.select("value", share=column, what=pl.lit(line))
        for column, line in zip(("accuracy", "seen"), lines, strict=True)
    )
    x = alt.X("value:Q", title=value)
    y = alt.Y("share:Q", title="share of held-out pictures", axis=alt.Axis(format="%"))
    tips = ["what", *axes.tips("value"), *axes.tips("share", form=".1%")]
    base = alt.Chart(long).encode(x=x, y=y, color=_color("what", lines), tooltip=tips)
    band = alt.Chart(rows).mark_area(opacity=0.2, color=ORIGINAL)
    chart = alt.layer(
        band.encode(
            x=x, y=alt.Y("accuracy_ci_low:Q", title="share of held-out pictures"),
            y2="accuracy_ci_high:Q",
        ),
        base.mark_line(strokeWidth=2.5),
        base.mark_point(filled=True, size=60, opacity=1),
    )  # fmt: skip
    return Figure(
        f"cure-steps-{name}",
        chart.properties(height=280),
        "What weaker and stronger cures give: accuracy (blue, 95 %), and what a linear reader "
        "names off the logits (orange). 0 is the old head.",
        f"Trade-off of a cure over {len(rows)} strengths.",
        rows,
    )


def _color(field: str, names: list[str]) -> alt.Color:
    scale = alt.Scale(domain=names, range=[ORIGINAL, EQUIVALENT])
    return alt.Color(f"{field}:N", scale=scale, legend=axes.legend(labelLimit=240))
