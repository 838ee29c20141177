"""Map: where do the pictures lie, and where do they go without their null part?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import places as charts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.page.pictures import gallery
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import figure, one_way, span

#: Pictures of the chosen part that are shown, and phrases each way.
_PICTURES, _PHRASES = 18, 5


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Where do the pictures lie, and where do they go?",
        help="The space's own pictures make the map. On the left each picture lies where its "
        "translated feature says, on the right where that says without its null part.",
    )
    place = st.container()
    columns = st.columns([0.25, 0.5, 0.25], vertical_alignment="bottom")
    with columns[0]:
        model = frame.model()
    with columns[1]:
        by = choices.segments(
            "Color", "color", list(charts.COLORS),
            labels={key: title for key, (_, title) in charts.COLORS.items()},
        )  # fmt: skip
    points = frame.read("map_points", model=model, most=charts.DRAWN)
    if points.is_empty():
        st.info("This run has no map: it was made by an earlier version. Run the study again.")
        return
    with place:
        answer(verdicts.moved_on_map(points.to_dicts(), model))
    points, n = charts.prepared(points), points["n_mapped"][0]
    shown = f"{len(points):,} of {n:,} pictures are drawn; what is chosen counts all."
    box = _box()
    left, right = st.columns(2, gap="medium")
    with left:
        show(charts.places(points, "original", by, shown, box), selects=("box", "x", "y"))
    with right:
        show(charts.places(points, "equivalent", by, shown, box))
    if box is None:
        st.info("Drag a box over the left map to see who lies there.", icon=":material/ink_pen:")
        return
    if columns[2].button("Choose none", icon=":material/deselect:"):
        choices.set_choice("box", "")
        st.rerun()
    with section("The chosen part"):
        _part(frame, model, dict(zip(("x0", "x1", "y0", "y1"), box, strict=True)))


def _box() -> tuple[float, ...] | None:
    """The ends of the chosen part, from the address."""
    try:
        ends = tuple(float(end) for end in st.query_params.get("box", "").split(","))
    except ValueError:
        return None
    return ends if len(ends) == 4 else None


def _part(frame: Frame, model: str, ends: dict[str, float]) -> None:
    images = frame.read("region_images", model=model, most=_PICTURES, **ends)
    if images.is_empty():
        st.info("No picture lies there.")
        return
    n = images["n"][0]
    left, right = st.columns([0.5, 0.5], gap="large")
    with left:
        st.markdown(f"**{n:,} pictures against all others on the map**")
        scores = frame.read("region_scores", model=model, **ends)
        table(scores.with_columns(pl.col("figure").replace(_FIGURES)), "part-scores", _SCORES)
    with right:
        phrases = frame.read("region_phrases", model=model, most=_PHRASES, **ends)
        for title, some in (
            ("Nearer to", phrases.filter(pl.col("apart_deg") < 0)),
            ("and farther from", phrases.filter(pl.col("apart_deg") > 0).reverse()),
        ):
            told = [_told(row) for row in some.head(_PHRASES).iter_rows(named=True)]
            st.markdown("\n".join([f"**{title}**", "", *(told or ["- nothing"])]))
    caption = f"{min(n, _PICTURES)} of {n:,} pictures, those with the largest IS first."
    gallery(frame, images.drop("n"), caption)


def _told(row: dict[str, Any]) -> str:
    low, high = one_way(row["apart_deg"], row["low_deg"], row["high_deg"])
    doubt = ", not told from chance" if low is not None and low < 0 else ""
    apart = figure(abs(row["apart_deg"]))
    return f"- *{literal(row['phrase'])}* by {apart}° ({span(low, high)}{doubt})"


_FIGURES = {
    "is_deg": "IS (°)",
    "abs_as_deg": "|AS| (°)",
    "null_energy": "null energy",
    "is_right": "named right",
}

_SCORES = {
    "inside": number("there"),
    "outside": number("elsewhere"),
    "apart": number("difference"),
    "low": number("95 % from"),
    "high": number("to"),
    "is_deg": degrees("IS"),
}
