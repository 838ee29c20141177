"""Map: where do the pictures lie, and where do they go without their null part?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import places as charts
from dashboards.charts.figures import Figure
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.page.pictures import gallery
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import figure, one_way, span

#: Pictures of the chosen part that are shown, and phrases each way.
_PICTURES, _PHRASES = 18, 5

#: Phrases that a cluster is named by.
_NAMING = 3

_ALL = "all"


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Where do the pictures lie, and where do they go?",
        help="The space's own pictures make the map. On the left each picture lies where its "
        "translated feature says, on the right where that says without its null part.",
    )
    place = st.container()
    columns = st.columns([0.2, 0.5, 0.3], vertical_alignment="bottom")
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
    clusters = frame.read("map_clusters", model=model, most=_NAMING)
    with columns[2]:
        part = charts.Part(_box(), _cluster(clusters))
    left, right = st.columns(2, gap="medium")
    for column, side in ((left, "original"), (right, "equivalent")):
        with column:
            selects = ("box", "x", "y") if side == "original" else None
            show(_map(frame, model, points, side, by, part), selects=selects)
    if not part:
        st.info(
            "Drag a box over the left map, or choose a cluster, to see who lies there.",
            icon=":material/ink_pen:",
        )
        _clusters(clusters)
        return
    if st.button("Choose none", icon=":material/deselect:", type="tertiary"):
        choices.set_choices({"box": "", "cluster": _ALL})
        st.rerun()
    with section("The chosen part"):
        _part(frame, model, part)


def _map(
    frame: Frame, model: str, points: pl.DataFrame, side: str, by: str, part: charts.Part
) -> Figure:
    """One side: points, or cells where there are too many."""
    n = points["n_mapped"][0]
    if n <= charts.DRAWN:
        return charts.places(points, side, by, f"All {n:,} pictures are drawn.", part)
    ends = [charts.ends(points, axis) for axis in ("x", "y")]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    found = frame.read(
        "map_cells", model=model, side=side, low=low, high=high, across=charts.ACROSS, **part.ends
    )
    far = n - found["n"].sum()
    shown = f"All {n:,} pictures are counted" + (f", but for {far:,} far off." if far else ".")
    return charts.cells(found, side, by, shown, charts.common_classes(points), points["method"][0])


def _box() -> tuple[float, ...] | None:
    """The ends of the chosen part, from the address."""
    try:
        ends = tuple(float(end) for end in st.query_params.get("box", "").split(","))
    except ValueError:
        return None
    return ends if len(ends) == 4 else None


def _cluster(clusters: pl.DataFrame) -> int:
    """Let a cluster be chosen, by its number and what its pictures are nearest to."""
    named = {
        str(number): f"{number}: {phrases or '–'} ({n:,})"
        for number, phrases, n in clusters.select("cluster", "phrases", "n").iter_rows()
    }
    chosen = choices.select("Cluster", "cluster", [_ALL, *named], labels=named)
    return 0 if chosen == _ALL else int(chosen)


def _clusters(clusters: pl.DataFrame) -> None:
    if len(clusters) < 2:
        return
    with section("Clusters of the space"):
        table(clusters, "map-clusters", _CLUSTERS)
        st.caption(
            "Pictures that the space holds alike (k-means of its own embeddings), the largest "
            "first; the phrases are those that this model's features of them, translated, are "
            "nearer to than all others are."
        )


def _part(frame: Frame, model: str, part: charts.Part) -> None:
    images = frame.read("region_images", model=model, most=_PICTURES, **part.ends)
    if images.is_empty():
        st.info("No picture lies there.")
        return
    n = images["n"][0]
    left, right = st.columns([0.5, 0.5], gap="large")
    with left:
        st.markdown(f"**{n:,} pictures against all others on the map**")
        scores = frame.read("region_scores", model=model, **part.ends)
        table(scores.with_columns(pl.col("figure").replace(_FIGURES)), "part-scores", _SCORES)
    with right:
        phrases = frame.read("region_phrases", model=model, most=_PHRASES, **part.ends)
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

_CLUSTERS = {
    "n": number("pictures", digits=0),
    "class_name": "commonest class",
    "phrases": "nearest to",
    "is_deg": degrees("mean IS"),
    "null_energy": number("null energy"),
    "is_right": number("named right"),
}
