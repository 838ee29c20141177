"""Concepts: where phrases stand to images, before and after null removal."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import MOST_MARKS, Figure
from dashboards.charts.palette import AWAY, EQUIVALENT, ORIGINAL, QUIET, TOWARDS

#: How much of what does not differ from its control is drawn.
_FAINT = 0.3
_FAINTLY = " Faint: does not differ from a random step of the same length."


@dataclass(frozen=True)
class Part:
    """What of a movement is looked at, and the columns that hold it."""

    name: str
    value: str
    low: str
    high: str
    control: str
    differs: str


#: What a class moves by beside what all classes share, and the whole of it.
OWN = Part(
    "own AS", "own_as_mean_deg", "own_ci_low_deg", "own_ci_high_deg", "control_own_as_mean_deg",
    "own_differs_from_control",
)  # fmt: skip
TOTAL = Part(
    "AS", "as_mean_deg", "as_ci_low_deg", "as_ci_high_deg", "control_as_mean_deg",
    "differs_from_control",
)  # fmt: skip


def part_of(concepts: pl.DataFrame) -> Part:
    """Return the own part, or the whole where no row has one: a run of one class."""
    own = OWN.value in concepts.columns and not concepts[OWN.value].is_null().all()
    return OWN if own else TOTAL


def moved(concepts: pl.DataFrame, part: Part, whose: str, name: str) -> Figure:
    """Draw how phrases move: what is own beside zero, the whole as angles before and after."""
    return _own(concepts, whose, name) if part is OWN else strings(concepts, whose, name)


def _own(concepts: pl.DataFrame, whose: str, name: str) -> Figure:
    rows = concepts.filter(pl.col(OWN.value).is_not_null()).with_columns(_ink(concepts, OWN))
    known = [name for name in (OWN.low, OWN.high, OWN.control) if name in rows.columns]
    tips = ["phrase", *axes.tips(OWN.value, *known, "common_as_mean_deg", "as_mean_deg")]
    base = alt.Chart(rows).encode(
        y=alt.Y("phrase:N", sort=rows["phrase"].to_list(), title=None, axis=axes.names(220)),
        opacity=alt.Opacity("ink:Q", scale=None),
        tooltip=tips,
    )
    x = alt.X(f"{OWN.value}:Q", title="Own AS (degrees; right is towards the phrase)")
    color = alt.condition(f"datum.{OWN.value} > 0", alt.value(TOWARDS), alt.value(AWAY))
    layers = [axes.upright_at(0.0, dashed=False)]
    if len(known) == 3:
        layers.append(
            base.mark_rule(strokeWidth=3).encode(x=f"{OWN.low}:Q", x2=f"{OWN.high}:Q", color=color)
        )
    layers.append(base.mark_point(filled=True, size=80).encode(x=x, color=color))
    reads = "What these images move by beside what all classes share (its mean over classes)."
    if len(known) == 3:
        layers.append(
            base.mark_tick(thickness=3, size=14, color=QUIET).encode(x=f"{OWN.control}:Q")
        )
        reads += " Bars: 95 % intervals. Gray tick: the same for a random step as long."
    return Figure(
        name,
        alt.layer(*layers).properties(height=22 * len(rows) + 60),
        f"{whose}, without their null part. {reads}"
        + ("" if (rows["ink"] == 1).all() else _FAINTLY),
        f"Own movement towards {len(rows)} phrases by null removal, {whose}.",
        rows.drop("ink"),
    )


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
        _ink(concepts, TOTAL),
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


def two(rows: pl.DataFrame, name: str) -> Figure:
    """Draw how two pictures move towards phrases: ``as_mean_deg`` and ``as_mean_deg_other``."""
    base = alt.Chart(rows).encode(
        y=alt.Y("phrase:N", sort=rows["phrase"].to_list(), title=None, axis=axes.names(220)),
        tooltip=["phrase", *axes.tips("as_mean_deg", "as_mean_deg_other", "apart", form="+.2f")],
    )
    side = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["one", "the other"], range=[ORIGINAL, EQUIVALENT]),
        legend=axes.legend(),
    )
    x = alt.X("as_mean_deg:Q", title="AS (degrees; right is towards the phrase)")
    chart = alt.layer(
        axes.upright_at(0.0, dashed=False),
        base.mark_rule(strokeWidth=2, color=QUIET).encode(x=x, x2="as_mean_deg_other:Q"),
        base.transform_calculate(side="'one'")
        .mark_point(filled=True, size=80, opacity=1, shape="circle")
        .encode(x="as_mean_deg:Q", color=side),
        base.transform_calculate(side="'the other'")
        .mark_point(filled=True, size=80, opacity=1, shape="square")
        .encode(x="as_mean_deg_other:Q", color=side),
    )
    return Figure(
        name,
        chart.properties(height=22 * len(rows) + 80),
        "How null removal moves either picture towards each phrase; longest lines: where they "
        "differ most. What all classes share is in both.",
        f"AS of two pictures towards {len(rows)} phrases.",
        rows,
    )


def heat(cells: pl.DataFrame, part: Part, shown: str, name: str) -> Figure:
    """Mean AS of each class and phrase, as colors around zero; ``part`` is what of it."""
    cells = cells.head(MOST_MARKS).with_columns(
        pl.when("differs").then(1.0).otherwise(_FAINT).alias("ink")
    )
    most = float(np.abs(cells["moved_deg"].to_numpy()).max()) or 1.0
    chart = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=alt.X(
                "phrase:N",
                title=None,
                axis=axes.slanted_names(130, cells["phrase"].n_unique()),
            ),
            y=alt.Y("label:N", title=None, axis=axes.names()),
            color=alt.Color(
                "moved_deg:Q",
                scale=alt.Scale(
                    domain=[-most, 0, most], range=[AWAY, "#9aa0a822", TOWARDS], interpolate="rgb"
                ),
                legend=axes.ramp(f"mean {part.name} (°)"),
            ),
            opacity=alt.Opacity("ink:Q", scale=None),
            tooltip=[
                "class_name",
                "phrase",
                *axes.tips("moved_deg", form="+.2f"),
                "differs",
                "n",
            ],
        )
        .add_params(alt.selection_point(name="class", fields=["label"]))
    )
    n = cells["label"].n_unique()
    return Figure(
        name,
        chart.properties(height=18 * n + 210),
        f"Mean {part.name} in degrees: orange towards the phrase when the null part is removed, "
        f"blue away from it; faint: does not differ from the control. {_OF[part]} {shown}.",
        f"Heat map of mean {part.name} of {n} classes and {cells['phrase'].n_unique()} phrases.",
        cells.drop("ink"),
        hint="Click a cell to see its class.",
    )


#: What a heat map of a part shows.
_OF = {
    OWN: "Beside what all classes share: a column's mean is about zero.",
    TOTAL: "In all: a column of one color is what all classes share.",
}


def _ink(rows: pl.DataFrame, part: Part) -> pl.Expr:
    """How strongly each row is drawn: all alike where there is no control."""
    if part.differs not in rows.columns:
        return pl.lit(1.0).alias("ink")
    return pl.when(part.differs).then(1.0).otherwise(_FAINT).alias("ink")
