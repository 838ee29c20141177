"""Overview: the study in one screen."""

import json
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import models as charts
from dashboards.page.draw import Frame, answer, cautions, section, show
from dashboards.words import verdicts
from dashboards.words.findings import Ask, findings
from dashboards.words.markdown import MARKDOWN, literal
from dashboards.words.sentences import space_name

#: Findings that are shown; `sing findings` has more.
_FINDINGS = 3

#: Where to go on: page, question.
_LINKS = (
    ("models", "Which model keeps meaning out of its null space?"),
    ("classes", "Which classes leak?"),
    ("concepts", "Which meanings move?"),
    ("map", "Where do the pictures lie, and where do they go?"),
    ("image", "What does one picture lose?"),
    ("steering", "How far can images be turned?"),
    ("validation", "Can these numbers be trusted?"),
)


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(literal(f"{frame.study}: what do its classifiers not see?"))
    rows = frame.read("models")
    scored = rows.filter("scored")
    with section():
        answer(verdicts.models(scored.to_dicts()))
        _counts(frame, len(scored))
    left, right = st.columns([0.55, 0.45], gap="large")
    with left, section("What stands out"):
        found = [
            one
            for one in findings(_asking(frame), MARKDOWN, most=_FINDINGS + 4)
            if one.kind not in ("answer", "warning", "not told")
        ]
        if not found:
            st.info("Nothing in this run differs from its control.")
        st.markdown("\n".join(f"- {one.in_full(MARKDOWN)}" for one in found[:_FINDINGS]))
        st.caption("`sing findings` and the report have the rest, by the same rules.")
        cautions(scored.select("model", pl.col("warnings") + "."))
    with right, section("Class meaning in the null space"):
        by = "share" if not scored["class_share"].is_null().all() else "ratio"
        if not scored[charts.RANKINGS[by][1][0]].is_null().all():
            show(charts.ranking(scored, by, frame.palette))
    st.subheader("Go on")
    with st.container(horizontal=True):
        for page, question in _LINKS:
            frame.link(page, question)


def _counts(frame: Frame, n_models: int) -> None:
    counts = frame.read("counts").row(0, named=True)
    about = frame.read("run").row(0, named=True)
    figures = {
        "Models": n_models,
        "Pictures": counts["n_images"],
        "Classes": counts["n_classes"],
        "Phrases": counts["n_concepts"],
        "Files refused": counts["n_rejected"],
        "Pictures flagged": counts["n_flagged"],
    }
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(name, f"{value:,}", width=130)
    name = space_name(json.loads(about["config_json"]))
    st.caption(
        literal(f"Run {frame.run_id}, finished {about['finished_at']:%Y-%m-%d %H:%M} UTC.")
        + f" Space: {literal(name)}."
    )


def _asking(frame: Frame) -> Ask:
    def ask(question: str, **parameters: Any) -> list[dict[str, Any]]:
        return frame.read(question, **parameters).to_dicts()

    return ask
