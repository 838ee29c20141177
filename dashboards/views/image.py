"""Image: what does one picture lose with its null part?"""

import polars as pl
import streamlit as st

from dashboards.beside import NoAnswerError
from dashboards.charts import concepts as charts
from dashboards.page import choices, live, tagging
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.page.pictures import gallery, picture, unflagged
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import ordinal

#: Images that a search shows; the newest search narrows them.
_FOUND = 18

_ARROWS = 20


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header("What does one picture lose with its null part?")
    columns = st.columns([0.2, 0.25, 0.35, 0.2], vertical_alignment="bottom")
    with columns[0]:
        model = frame.model()
    names = frame.classes()
    with columns[1]:
        chosen = choices.select("Class", "class", [choices.ANY, *names])
    with columns[2]:
        text = choices.text("Search", "find", placeholder="path, class, prediction or id")
    with columns[3]:
        clean = unflagged()
        outliers = choices.toggle(
            "Outliers only",
            "outliers",
            help="|AS| or IS is more than 3.5 robust standard deviations from its class's median.",
        )
    only = tagging.chosen()
    found = frame.read(
        "find_images", model=model, class_index=names[chosen][0] if chosen != choices.ANY else -1,
        text=text, outliers=outliers, unflagged=clean,
        only=only, most=_FOUND,
    )  # fmt: skip
    wanted = st.query_params.get("image", "")
    if not wanted and found.is_empty():
        st.info("No image fits this search.")
        return
    # One whose neighbors are stored shows more.
    shown_first = found.sort("has_neighbors", descending=True, maintain_order=True)
    image_id = wanted or shown_first["image_id"][0]
    rows = frame.read("image", image=image_id)
    if rows.is_empty():
        st.info(f"This run has no image with the id {literal(image_id)}; choose one below.")
    else:
        _one(frame, rows, model, image_id)
    with section("Search by words"):
        _words(frame, model)
    with section("Found"):
        shown = found.join(
            frame.read("paths", images=found["image_id"].to_list()).select("image_id", "sha256"),
            on="image_id",
            maintain_order="left",
        )
        gallery(frame, shown, f"At most {_FOUND} images that fit, those with the largest IS first.")


def _words(frame: Frame, model: str) -> None:
    words = choices.text(
        "What the picture shows", "words", placeholder="for instance: a red circle on stripes"
    )
    if not words:
        st.caption(
            "Any words: the pictures nearest to them in the space, by this model's features, and "
            "by what its head sees alone. The first search takes some seconds."
        )
        return
    try:
        found = live.ask(
            "search", f"searching for {words!r}", run_id=frame.run_id, model=model, text=words
        )
    except NoAnswerError as error:
        st.warning(literal(str(error)), icon=":material/warning:")
        return
    paths = frame.read(
        "paths", images=sorted({row["image_id"] for rows in found.values() for row in rows})
    )
    for side, title, caption in _SIDES:
        st.markdown(f"**{title}**")
        near = pl.DataFrame(found[side]).with_columns(under=_under(side))
        rows = near.join(paths, on="image_id", maintain_order="left")
        gallery(frame, rows.head(_NEAR), caption)


def _under(side: str) -> pl.Expr:
    angle = pl.col("angle_deg").round(1)
    if side == "space":
        return pl.format("{}°", angle)
    return pl.format("{}°, AS {}°", angle, pl.col("as_deg").round(1))


#: Pictures that a search by words shows of each side.
_NEAR = 9

#: What is searched: by which vectors, in words, and how to read it.
_SIDES = (
    ("space", "Nearest in the space", "By the space's own embeddings: what the pictures show."),
    (
        "original",
        "Nearest by the model's features (T f)",
        "By all that the last layer is given. AS: how much nearer null removal brings it.",
    ),
    (
        "equivalent",
        "Nearest without what the head cannot see (T f~)",
        "By what the head sees alone: whoever is new here fits by what is left, and who is gone "
        "was found by what the model could not see.",
    ),
)


def _one(frame: Frame, rows: pl.DataFrame, model: str, image_id: str) -> None:
    row = (
        rows.row(by_predicate=pl.col("model") == model, named=True)
        if model in rows["model"]
        else rows.row(0, named=True)
    )
    left, right = st.columns([0.28, 0.72], gap="large")
    with left:
        picture(frame, row)
        st.caption(literal(f"{row['path']} ({row['split']}), id {image_id}"))
        tagging.of(image_id, row["path"])
        known = frame.read("image_labels", image=image_id)
        if not known.is_empty():
            st.caption(literal(", ".join(f"{g}: {p}" for g, p in known.iter_rows())))
    with right:
        seen = f"{row['class_name']}, seen as {row['predicted_class']} by {row['model']}"
        st.subheader(literal(seen))
        if row["as_deg"] is None:
            st.info("Its translation is a zero vector: it has no direction, and no scores.")
            return
        moved = frame.read("image_concepts", model=row["model"], image=image_id)
        first = moved.head(1).to_dicts()
        answer(verdicts.image(row, first[0] if first else None))
        _scores(row)
        if row["is_outlier"]:
            st.warning("An outlier among its class.", icon=":material/crisis_alert:")
        if not moved.is_empty():
            own = choices.segments("Movement", "part", ["own", "total"]) == "own"
            part = charts.part_of(moved) if own else charts.TOTAL
            strongest = moved.sort(pl.col(part.value).abs(), descending=True, nulls_last=True)
            some = strongest.head(_ARROWS).sort(part.value, descending=True)
            whose = f"This image by {row['model']}, {len(some)} of {len(moved)} stored phrases"
            show(charts.moved(some, part, whose, f"image-{image_id}-{row['model']}"))
    frame.link("compare", "Set it beside another picture", image=image_id)
    _neighbors(frame, row["model"], image_id)
    st.subheader("By every model")
    kept = ("path", "class_name", "sha256", "split", "width", "height")
    table(rows.drop(kept), f"image-{image_id}", _COLUMNS)


def _scores(row: dict[str, float]) -> None:
    places = st.columns(4)
    for place, label, value, at in (
        (places[0], "AS towards its class", f"{row['as_deg']:+.2f}°", row["abs_as_percentile"]),
        (places[1], "IS", f"{row['is_deg']:.2f}°", row["is_percentile"]),
        (places[2], "Null energy", f"{row['null_energy']:.0%}", row["energy_percentile"]),
        (places[3], "Largest logit change", f"{row['max_abs_logit_drift']:.1e}", None),
    ):
        place.metric(label, value)
        if at is not None:
            of = "of the fit pictures" if label == "Null energy" else "of its class"
            place.caption(f"{ordinal(at)} percentile {of}" + (" by |AS|" if "AS" in label else ""))


def _neighbors(frame: Frame, model: str, image_id: str) -> None:
    near = frame.read("image_neighbors", model=model, image=image_id)
    if near.is_empty():
        st.caption(
            "The nearest pictures are stored for a sample of the images; this one is not in it."
        )
        return
    st.subheader("The nearest real pictures")
    for side, words in (
        ("original", "as it is (T f)"),
        ("equivalent", "without its null part (T f~), with the same logits"),
    ):
        st.markdown(f"**{words}**")
        rows = near.filter(pl.col("side") == side)
        gallery(frame, rows, "Angles in the space between translation and picture.")


_COLUMNS = {
    "as_deg": degrees("AS"),
    "is_deg": degrees("IS"),
    "angle_original_deg": degrees("original to class"),
    "angle_equivalent_deg": degrees("equivalent to class"),
    "null_energy": number("null energy", "Share of the feature's squared length.", 3),
    "max_abs_logit_drift": st.column_config.NumberColumn("logit change", format="%.1e"),
    "abs_as_percentile": number("|AS| percentile", digits=0),
    "is_percentile": number("IS percentile", digits=0),
    "energy_percentile": number("energy percentile", digits=0),
}
