"""Cure: what would a head that sees more, or less, do?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import cures as charts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, section, show, table
from dashboards.page.pictures import gallery
from dashboards.words.cures import cure_figures, cured

#: Pictures that are shown.
_PICTURES = 18


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "What would a head that sees more, or less, do?",
        help="`sing cure` changes a model's last layer in closed form: **see** adds what tells the "
        "classes apart in the null space, **blind** takes away what tells the values of a group "
        "apart. Everything here is measured on held-out pictures.",
    )
    rows = frame.read("cures")
    if rows.is_empty():
        st.info(
            "Nothing was cured in this run. `sing cure STUDY --model MODEL --see class --out "
            "head.safetensors` lets a head see more, `--blind GROUP` less.",
            icon=":material/healing:",
        )
        return
    place = st.container()
    columns = st.columns([0.3, 0.4, 0.3], vertical_alignment="bottom")
    with columns[0]:
        model = choices.select("Model", "model", sorted(set(rows["model"])))
    of_model = rows.filter(pl.col("model") == model)
    with columns[1]:
        cure = choices.select("Cure", "cure", of_model["cure"].to_list())
    row = of_model.row(by_predicate=pl.col("cure") == cure, named=True)
    with place:
        answer(cured(row))
    name = f"{model}-{cure}".replace(" ", "-")
    left, right = st.columns([0.5, 0.5], gap="large")
    with left, section("Class by class"):
        show(charts.classes(frame.read("cured_classes", model=model, cure=cure), name))
    with right:
        with section("More of it, or less"):
            show(charts.steps(frame.read("cure_steps", model=model, cure=cure), row["kind"], name))
        with section("Before and after"):
            table(pl.DataFrame(cure_figures(row)), "cure")
            _notes(row)
    with section("Pictures that are named otherwise now"):
        _flips(frame, model, cure)


def _notes(row: dict[str, Any]) -> None:
    if not row["is_own_head"]:
        st.caption(
            "The model's own head has not the study's classes: the head before is a linear reader "
            "of them off what the own head sees."
        )
    if row["head_sha256"] is None:
        st.caption("This head was not written: it named fewer of the validation pictures.")


def _flips(frame: Frame, model: str, cure: str) -> None:
    images = frame.read("cured_images", model=model, cure=cure, most=_PICTURES)
    if images.is_empty():
        st.info("All held-out pictures are named as before.")
        return
    n, right, wrong = images.select("n", "became_right", "became_wrong").row(0)
    shown = images.with_columns(
        under=pl.format("{} → {}", "named_before", "named_after"),
    ).select("image_id", "path", "class_name", "sha256", "under")
    caption = (
        f"{len(images)} of {n:,} held-out pictures that are named otherwise: {right:,} are right "
        f"now, {wrong:,} were; those that are right now come first."
    )
    gallery(frame, shown, caption)
