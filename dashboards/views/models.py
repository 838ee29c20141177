"""Models: which model keeps meaning out of its null space?"""

import polars as pl
import streamlit as st

from dashboards.charts import models as charts
from dashboards.charts import readouts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, cautions, degrees, number, section, show, table
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.readouts import matters


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Which model keeps meaning out of its null space?",
        help="Two pictures' features that differ only in the null space get the same logits. "
        "**IS** is how far removing the null part turns an image's meaning at all, **AS** how far "
        "it turns it towards (+) or away from (−) its class. Healthy: high IS, AS near zero.",
    )
    rows = frame.read("models")
    scored = rows.filter("scored")
    answer(verdicts.models(scored.to_dicts()))
    with section():
        by = choices.segments(
            "Rank by",
            "by",
            list(charts.RANKINGS),
            labels={key: title for key, (title, *_) in charts.RANKINGS.items()},
        )
        left, right = st.columns([0.55, 0.45], gap="large")
        with left:
            value = charts.RANKINGS[by][1][0]
            if scored[value].is_null().all():
                st.info("This run has no such figure; choose another ranking.")
            else:
                show(charts.ranking(scored, by, frame.palette))
        with right:
            show(charts.dimensions(scored, frame.palette))
        _cautions(rows)
    with section("Does it matter? What a line could read"):
        _readouts(frame)
    with section("AS and IS of all images"):
        model = frame.model("Shade the images of")
        show(charts.spread(scored, frame.read("density", bins=charts.BINS), model, frame.palette))
        frame.link("classes", f"Which classes leak by {model}?")
    with section("All figures"):
        rest = [name for name in rows.columns if name not in (*_FIRST, *_ELSEWHERE)]
        table(rows.select(*_FIRST, *rest), "models", _COLUMNS, first=_FIRST)


def _readouts(frame: Frame) -> None:
    read = frame.read("class_readouts")
    if read.is_empty():
        st.info("Nothing was read: the run holds no pictures out, or an older version made it.")
        return
    answer(matters(read.to_dicts()))
    left, right = st.columns([0.55, 0.45], gap="large")
    with left:
        show(readouts.classes(read))
        cautions(read.select("model", pl.col("warning") + "."))
    with right:
        show(readouts.curve(frame.read("readout_curve")))
    table(read, "readouts", _READ, first=tuple(_READ))


def _cautions(rows: pl.DataFrame) -> None:
    cautions(rows.filter("scored").select("model", pl.col("warnings") + "."))
    for name, message in rows.filter(~pl.col("scored")).select("model", "message").iter_rows():
        st.info(
            f"**{literal(name)}** is not analyzed: {literal(message or '')}",
            icon=":material/block:",
        )


_READ = {
    "model": "model",
    "head_accuracy": number("own head"),
    "all_accuracy": number("all features"),
    "principal_accuracy": number("what it sees"),
    "null_accuracy": number("what it does not"),
    "chance": number("chance"),
    "headroom": number("headroom", "A new head on all features minus the own one."),
    "headroom_ci_low": number("95 % from"),
    "headroom_ci_high": number("to"),
    "null_gain": number("null adds", "A new head on all features minus one on what the own sees."),
}

#: What is looked for first; and what stands above the table.
_FIRST = (
    "model", "accuracy", "top1_translated", "top1_space", "class_share", "is_as_ratio",
    "ratio_ci_low", "ratio_ci_high", "control_ratio", "ratio_excess", "abs_as_median_deg",
    "is_median_deg", "null_dim_share",
)  # fmt: skip
_ELSEWHERE = ("scored", "warnings", "message")

_COLUMNS = {
    "accuracy": number("accuracy", "Share of the images whose predicted class is their own."),
    "top1_translated": number("top-1 translated", "Held-out classes read off translated features."),
    "top1_space": number("top-1 space", "The same off the space's own embeddings."),
    "abs_as_median_deg": degrees("median |AS|", "Lower is healthier."),
    "is_median_deg": degrees("median IS"),
    "is_as_ratio": number("IS/|AS|"),
    "ratio_ci_low": number("95 % from"),
    "ratio_ci_high": number("to"),
    "control_ratio": number("random step"),
    "ratio_excess": number("excess"),
    "class_share": number("class share", "Of what changes with the class, in the null space."),
    "null_dim_share": number("of dimensions"),
}
