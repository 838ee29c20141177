"""Models: scores with their intervals and controls, and where images lie in AS and IS."""

import altair as alt
import numpy as np
import polars as pl

from dashboards.charts import axes
from dashboards.charts.figures import MOST_MARKS, Figure
from dashboards.charts.palette import QUIET, Palette

#: What models can be ranked by: the columns of value, interval and control, and how to read them.
RANKINGS = {
    "share": (
        "Class share in the null space",
        ("class_share", "class_share_ci_low", "class_share_ci_high"),
        "feature_control_share",
        "Share of what changes with the class alone, all other groups being equal, that the head "
        "cannot see. Left is healthier, which is not the same as more accurate. Gray tick: what a "
        "random subspace of that dimension would hold. Of all scores it told best which part of an "
        "attribute's change is in the null space, where that is known (docs/validation.md).",
    ),
    "excess": (
        "Ratio over that of a random step",
        ("ratio_excess", "excess_ci_low", "excess_ci_high"),
        None,
        "IS / |AS| divided by that of a random step of the same length. Right is healthier; an "
        "interval that covers the line at 1 is not told from a random step.",
    ),
    "ratio": (
        "IS / |AS|, the paper's ratio",
        ("is_as_ratio", "ratio_ci_low", "ratio_ci_high"),
        "control_ratio",
        "Median IS over median |AS|: free to vary, but not in what the class is. Right is "
        "healthier. Gray tick: the same for a random step; a ratio at it says nothing.",
    ),
}

#: Cells of the density, along each axis.
BINS = 48

#: Points that an ellipse is drawn with.
_AROUND = 73


def ranking(models: pl.DataFrame, by: str, palette: Palette) -> Figure:
    """Dots with 95 % intervals, best first, each with its control."""
    title, (value, low, high), control, reading = RANKINGS[by]
    shown = [name for name in (value, low, high, control) if name]
    rows = models.select("model", *shown).filter(pl.col(value).is_not_null())
    order = rows.sort(value, descending=by != "share")["model"].to_list()
    base = alt.Chart(rows).encode(y=alt.Y("model:N", sort=order, title=None))
    tips = ["model", *axes.tips(*shown, form=".3f")]
    layers = [
        base.mark_rule(strokeWidth=3).encode(
            x=alt.X(f"{low}:Q", title=title, scale=alt.Scale(zero=True)),
            x2=f"{high}:Q",
            color=palette.color(only=[]),
            tooltip=tips,
        ),
        base.mark_point(filled=True, size=110, opacity=1).encode(
            x=f"{value}:Q",
            color=palette.color(only=[]),
            shape=palette.shape(only=[]),
            tooltip=tips,
        ),
    ]
    if control:
        layers.append(
            base.mark_tick(thickness=3, size=22, color=QUIET).encode(x=f"{control}:Q", tooltip=tips)
        )
    else:
        layers.append(axes.upright_at(1.0))
    return Figure(
        f"models-by-{by}",
        alt.layer(*layers).properties(height=34 * len(rows) + 60),
        f"{reading} Bars: 95 % bootstrap or jackknife intervals.",
        f"{title} of {len(rows)} models, best first: {', '.join(order)}.",
        rows,
    )


def spread(models: pl.DataFrame, density: pl.DataFrame, model: str, palette: Palette) -> Figure:
    """Where one model's images lie in AS and IS, under the ellipses of all models."""
    cells = density.filter(pl.col("model") == model).sort("n", descending=True).head(MOST_MARKS)
    ellipses = pl.concat([_ellipse(row) for row in models.iter_rows(named=True)] or [_NO_ELLIPSE])
    x = alt.X("as_low_deg:Q", title="AS towards the true class (degrees, signed)")
    y = alt.Y("is_low_deg:Q", title="IS (degrees)")
    ground = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=x,
            x2="as_high_deg",
            y=y,
            y2="is_high_deg",
            color=alt.value(palette.of(model)),
            opacity=alt.Opacity(
                "share:Q", scale=alt.Scale(type="sqrt", range=[0.15, 0.9]), legend=None
            ),
            tooltip=[
                *axes.tips("as_low_deg", "as_high_deg", "is_low_deg", "is_high_deg"),
                "n:Q",
            ],
        )
    )
    lines = (
        alt.Chart(ellipses)
        .mark_line(strokeWidth=2)
        .encode(
            x="as_low_deg:Q",
            y="is_low_deg:Q",
            order="turn:Q",
            detail=["model:N", "sigmas:N"],
            color=palette.color(),
            strokeDash=alt.StrokeDash(
                "sigmas:N",
                scale=alt.Scale(domain=[1, 2], range=[[1, 0], [5, 3]]),
                legend=axes.legend("standard deviations"),
            ),
            tooltip=["model:N", "sigmas:N"],
        )
    )
    n = int(cells["n"].sum())
    return Figure(
        f"as-is-{model}",
        alt.layer(ground, axes.upright_at(0.0, dashed=False), lines).properties(height=500),
        f"Shaded: the {n:,} images of {model}, counted in a grid (stronger color: more; its "
        "outermost cells hold what is beyond). Ellipses: mean and covariance of each model, at 1 "
        "(solid) and 2 (dashed) standard deviations. Tall and narrow is healthy: removing the null "
        "part changes meaning (IS), but not towards or away from the class (AS). Left of the line, "
        "equivalents are further from their class.",
        f"Density of AS and IS of {n} images by {model}, with ellipses of {len(models)} models.",
        cells,
    )


_NO_ELLIPSE = pl.DataFrame(
    schema={
        "model": pl.String,
        "sigmas": pl.Int64,
        "turn": pl.Int64,
        "as_low_deg": pl.Float64,
        "is_low_deg": pl.Float64,
    }
)


def _ellipse(row: dict[str, float]) -> pl.DataFrame:
    """Points of the ellipses of one model, from its means, deviations and correlation."""
    sd_as, sd_is, r = row["as_sd_deg"], row["is_sd_deg"], row["as_is_correlation"]
    if sd_as is None or sd_is is None or r is None:
        return _NO_ELLIPSE
    turn = np.arange(_AROUND)
    angle = 2 * np.pi * turn / (_AROUND - 1)
    # Cholesky factor of the covariance, on the unit circle.
    across = sd_as * np.cos(angle)
    along = sd_is * (r * np.cos(angle) + np.sqrt(max(0.0, 1 - r * r)) * np.sin(angle))
    return pl.concat(
        pl.DataFrame(
            {
                "model": [row["model"]] * _AROUND,
                "sigmas": [sigmas] * _AROUND,
                "turn": turn,
                "as_low_deg": row["as_mean_deg"] + sigmas * across,
                "is_low_deg": row["is_mean_deg"] + sigmas * along,
            },
            schema=_NO_ELLIPSE.schema,
        )
        for sigmas in (1, 2)
    )


def dimensions(models: pl.DataFrame, palette: Palette) -> Figure:
    """How much of each model's features its head cannot see: dimensions, energy, variance."""
    kinds = {
        "null_dim_share": "dimensions",
        "null_energy_mean": "energy",
        "null_variance_share": "variance",
    }
    rows = models.select("model", *kinds).rename(kinds)
    long = rows.unpivot(index="model", variable_name="of", value_name="share").drop_nulls()
    chart = (
        alt.Chart(long)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X(
                "share:Q",
                title="Share in the null space",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%"),
            ),
            y=alt.Y("of:N", title=None, sort=list(kinds.values())),
            yOffset=alt.YOffset("model:N"),
            color=palette.color(),
            shape=palette.shape(),
            tooltip=["model", "of", *axes.tips("share", form=".1%")],
        )
        .properties(height=380)
    )
    return Figure(
        "null-space-sizes",
        chart,
        "How much of the features lies in the null space: of their dimensions, of their squared "
        "length (energy), of their variance over images. Where energy is far under dimensions, "
        "training has emptied the null space.",
        f"Shares of dimensions, energy and variance in the null space of {len(rows)} models.",
        rows,
    )
