"""Classes: which classes leak meaning into the null space?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import classes as charts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.page.pictures import gallery, unflagged
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import leak

#: Classes that one chart shows; the table has all.
_SHOWN = 30

#: Pictures of a class that are shown.
_PICTURES = 12

_NONE = "none"


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Which classes leak?",
        help="A class leaks where removing the null part moves its images towards or away from "
        "the class's own name: **|AS|** far from zero, though no logit changes.",
    )
    place = st.container()
    columns = st.columns(4)
    with columns[0]:
        model = frame.model()
    others = [_NONE, *(name for name in frame.models if name != model)]
    with columns[1]:
        beside = choices.select("Beside it", "beside", others)
    with columns[2]:
        which = choices.segments("Leaking", "show", ["most", "least"], labels=_WHICH)
    with columns[3]:
        search = choices.text("Class names with", "find", placeholder="part of a name")
    rows = frame.labeled(frame.read("class_boxes", model=model))
    with place:
        answer(verdicts.classes(rows.to_dicts()))
    with section():
        found = rows.filter(
            pl.col("label").str.to_lowercase().str.contains(search.lower(), literal=True)
        )
        if found.is_empty():
            st.info(f"No class of this run has “{literal(search)}” in its name.")
            return
        some = found.head(_SHOWN) if which == "most" else found.tail(_SHOWN).reverse()
        order = some.select("class_index")
        both = some
        if beside != _NONE:
            other = order.join(
                frame.labeled(frame.read("class_boxes", model=beside)),
                on="class_index",
                maintain_order="left",
            )
            both = pl.concat([some, other.select(some.columns)])
        shown = f"{len(some)} of {len(rows)} classes, those that leak {which}"
        if len(some) == len(rows):
            shown = f"all {len(rows)} classes"
        left, right = st.columns([0.6, 0.4], gap="large")
        with left:
            show(charts.boxes(both, frame.palette, shown), picks={"class": "label"})
        with right:
            if beside == _NONE:
                st.info("Choose a second model to set it against this one, class by class.")
            else:
                _against(frame, model, beside)
    with section("One class"):
        index, name = frame.class_index(rows["class_index"][0] if len(rows) else None)
        row = rows.filter(pl.col("class_index") == index)
        if not row.is_empty():
            st.markdown(_in_words(row.row(0, named=True), len(rows)))
        frame.link("concepts", f"Which meanings move in {name}?")
        frame.link("image", "Look at single images of it")
        images = frame.read(
            "class_images", model=model, class_index=index, most=_PICTURES, unflagged=unflagged()
        )
        gallery(frame, images, "Its images, those with the largest |AS| first.")
    with section("All classes"):
        rest = rows.drop("model", "q50_deg", "of_all_deg", "label", *_FIRST).columns
        table(rows.select(*_FIRST, *rest), f"classes-{model}", _COLUMNS, first=_FIRST)


def _against(frame: Frame, a: str, b: str) -> None:
    show(
        charts.against(frame.labeled(frame.read("class_pairs", a=a, b=b)), a, b),
        picks={"class": "label"},
    )
    pair = sorted((a, b))
    row = frame.read("class_orders").filter(
        pl.concat_list(pl.col("model_a", "model_b")).list.sort() == pl.lit(pair)
    )
    if row.is_empty() or row["spearman"][0] is None:
        st.caption("Fewer than three classes: no rank correlation.")
        return
    found = row.row(0, named=True)
    p = found["p_adjusted"] if found["p_adjusted"] is not None else found["p_value"]
    told = "they leak about the same classes" if p < 0.05 else "not told from no relation"
    st.markdown(
        f"Rank correlation of the two orders: **{found['spearman']:.2f}** over {found['n']} "
        f"classes, adjusted p = {p:.2g}: {told}."
    )


def _in_words(row: dict[str, Any], n_classes: int) -> str:
    return (
        f"{leak(row, n_classes)} Mean AS {row['as_mean_deg']:+.2f}°, median IS "
        f"{row['is_median_deg']:.2f}°."
    )


_WHICH = {"most": "Most", "least": "Least"}

#: What is looked for first.
_FIRST = (
    "class_name", "n", "abs_as_median_deg", "abs_as_ci_low_deg", "abs_as_ci_high_deg", "rank",
    "rank_ci_low", "rank_ci_high", "as_mean_deg", "is_median_deg",
)  # fmt: skip

_COLUMNS = {
    "class_index": number("class index", digits=0),
    "class_name": "class",
    "n": number("images", digits=0),
    "abs_as_median_deg": degrees("median |AS|"),
    "abs_as_ci_low_deg": degrees("95 % from"),
    "abs_as_ci_high_deg": degrees("to"),
    "as_mean_deg": degrees("mean AS", "Positive: equivalents are closer to the class."),
    "is_median_deg": degrees("median IS"),
    "rank": number("place", "1 leaks most.", 0),
    "rank_ci_low": number("95 % from", digits=0),
    "rank_ci_high": number("to", digits=0),
    **{f"q{q}_deg": degrees(f"{q} % below") for q in ("05", "25", "75", "95")},
}
