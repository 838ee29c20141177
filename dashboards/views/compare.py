"""Compare: two pictures side by side."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import concepts as charts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, section, show, table
from dashboards.page.pictures import gallery, picture
from dashboards.words.markdown import literal
from dashboards.words.sentences import figure

#: Phrases that are drawn, and neighbors that are shown.
_PHRASES, _NEAR = 14, 5

#: Pictures that the first two are chosen from.
_LOOKED_AT = 300


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "How do two pictures differ?",
        help="Choose two by their ids, or come from the page Image. Phrases are told by what each "
        "picture moves by beside what all classes share.",
    )
    place = st.container()
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        model = frame.model()
    listed = frame.read(
        "find_images",
        model=model,
        class_index=-1,
        text="",
        outliers=False,
        unflagged=False,
        only=None,
        most=_LOOKED_AT,
    )
    # Those whose neighbors are stored show more.
    some = listed.sort("has_neighbors", descending=True, maintain_order=True)["image_id"].to_list()
    if len(some) < 2:
        st.info("This run has fewer than two pictures.")
        return
    ids = []
    for column, (key, label, usual) in zip(
        columns[1:], (("image", "One", some[0]), ("beside", "The other", some[1])), strict=True
    ):
        with column:
            ids.append(choices.text(f"{label} picture's id", key, placeholder=usual) or usual)
    found = [frame.read("image", image=image_id) for image_id in ids]
    for image_id, rows in zip(ids, found, strict=True):
        if rows.filter(pl.col("model") == model).is_empty():
            st.info(f"This run has no picture with the id {literal(image_id)}.")
            return
    one, other = (rows.row(by_predicate=pl.col("model") == model, named=True) for rows in found)
    with place:
        answer(_answer(one, other))
    for side, (image_id, row) in zip(
        st.columns(2, gap="large"), zip(ids, (one, other), strict=True), strict=True
    ):
        with side:
            _picture(frame, image_id, row)
    with section("Phrases that they move by most differently"):
        _phrases(frame, model, ids)
    with section("Their scores"):
        table(_scores(one, other), "two-images")
    with section("The nearest real pictures, without their null part"):
        for image_id in ids:
            near = frame.read("image_neighbors", model=model, image=image_id)
            near = near.filter(pl.col("side") == "equivalent").head(_NEAR)
            if near.is_empty():
                st.info("Of this picture no neighbors are stored: they are sought for a sample.")
            else:
                gallery(frame, near, "")


def _picture(frame: Frame, image_id: str, row: dict[str, Any]) -> None:
    left, right = st.columns([0.35, 0.65])
    with left:
        picture(frame, row)
    with right:
        st.subheader(literal(row["class_name"]))
        st.caption(literal(f"{row['path']}, seen as {row['predicted_class']}"))
        if row["is_deg"] is not None:
            st.markdown(f"IS {row['is_deg']:.2f}°, AS {row['as_deg']:+.2f}°")
        frame.link("image", "Its own page", image=image_id)


def _answer(one: dict[str, Any], other: dict[str, Any]) -> str:
    if None in (one["is_deg"], other["is_deg"]):
        return ""
    more, less = sorted((one, other), key=lambda row: -row["is_deg"])
    return (
        f"The null part turns the *{literal(more['class_name'])}* picture by "
        f"**{figure(more['is_deg'])}°** and the *{literal(less['class_name'])}* one by "
        f"**{figure(less['is_deg'])}°**; of their features {more['null_energy']:.0%} and "
        f"{less['null_energy']:.0%} lie there."
    )


def _phrases(frame: Frame, model: str, ids: list[str]) -> None:
    one, other = (frame.read("image_concepts", model=model, image=i) for i in ids)
    both = one.join(other, on="concept_id", suffix="_other").with_columns(
        apart=pl.col("as_mean_deg") - pl.col("as_mean_deg_other")
    )
    if both.is_empty():
        st.info("No phrase is stored of both pictures.")
        return
    most = both.sort(pl.col("apart").abs(), descending=True).head(_PHRASES)
    show(charts.two(most.sort("apart", descending=True), f"two-{ids[0]}-{ids[1]}"))


def _scores(one: dict[str, Any], other: dict[str, Any]) -> pl.DataFrame:
    def shown(row: dict[str, Any], name: str, form: str) -> str:
        return "" if row[name] is None else format(row[name], form)

    return pl.DataFrame(
        {
            "figure": [title for title, _ in _FIGURES.values()],
            "one": [shown(one, name, form) for name, (_, form) in _FIGURES.items()],
            "the other": [shown(other, name, form) for name, (_, form) in _FIGURES.items()],
        }
    )


#: Scores of an image as a table names them, and how they are written.
_FIGURES = {
    "as_deg": ("AS towards its class (°)", "+.2f"),
    "is_deg": ("IS (°)", ".2f"),
    "angle_original_deg": ("angle to its class (°)", ".2f"),
    "angle_equivalent_deg": ("the same without the null part (°)", ".2f"),
    "null_energy": ("share of the feature in the null space", ".1%"),
    "max_abs_logit_drift": ("largest change of a logit", ".1e"),
    "abs_as_percentile": ("|AS| is larger than of … % of its class", ".0f"),
    "is_percentile": ("IS is larger than of … % of its class", ".0f"),
    "energy_percentile": ("null share is larger than of … % of those fitted on", ".0f"),
}
