"""Concepts: which meanings move when the null part goes?"""

import polars as pl
import streamlit as st

from dashboards.beside import NoAnswerError
from dashboards.charts import concepts as charts
from dashboards.page import choices, live
from dashboards.page.draw import Frame, degrees, number, section, show, table
from dashboards.words.markdown import literal
from dashboards.words.sentences import shift

#: Phrases of the string plot, and of each list of sentences.
_ARROWS, _SENTENCES = 20, 4

#: Classes and phrases of the heat map: as many as can be read.
_CLASSES, _PHRASES = 40, 40

_ALL = "all"


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header("Which meanings move when the null part goes?")
    st.markdown(
        "Each phrase is a direction of the space. Removing what the head cannot see turns a "
        "class's images **towards** some phrases and **away from** others, with equal logits."
    )
    with section():
        groups = [_ALL, *sorted({g for g in frame.read("concepts")["concept_group"] if g})]
    columns = st.columns(4)
    with columns[0]:
        model = frame.model()
    with columns[1]:
        index, name = frame.class_index()
    with columns[2]:
        group = choices.select("Group", "group", groups)
    with columns[3]:
        search = choices.text("Phrases with", "find", placeholder="part of a phrase")
    with section():
        rows = frame.read("class_concepts", model=model, class_index=index)
        if rows.is_empty():
            st.info("This run has no phrases; a study gets them with `[concepts] file = …`.")
        else:
            _strings(frame, rows, model, name, group, search)
    with section("A phrase of your own"):
        _phrase(frame, model, index)
    with section("All classes"):
        cells = frame.read(
            "concept_heat", model=model, group="" if group == _ALL else group,
            classes=_CLASSES, phrases=_PHRASES,
        )  # fmt: skip
        if not cells.is_empty():
            cells = frame.labeled(cells)
            shown = (
                f"{cells['label'].n_unique()} classes and {cells['phrase'].n_unique()} "
                "phrases, those that move most"
            )
            show(charts.heat(cells, shown, f"concepts-{model}"), picks={"class": "label"})


def _strings(
    frame: Frame, rows: pl.DataFrame, model: str, name: str, group: str, search: str
) -> None:
    found = rows.filter(
        (pl.lit(group == _ALL) | (pl.col("concept_group") == group))
        & pl.col("phrase").str.to_lowercase().str.contains(search.lower(), literal=True)
        & pl.col("as_mean_deg").is_not_null()
    )
    if found.is_empty():
        st.info(f"No phrase fits “{literal(search)}” in group {literal(group)}.")
        return
    some = found.head(_ARROWS).sort("as_mean_deg", descending=True)
    left, right = st.columns([0.6, 0.4], gap="large")
    with left:
        whose = (
            f"{name} images by {model}, {len(some)} of {len(rows)} phrases, those that move most"
        )
        show(charts.strings(some, whose, f"phrases-{model}-{name}"))
    with right:
        for title, way in (
            ("Null removal moves most towards", True),
            ("and most away from", False),
        ):
            moved = found.filter((pl.col("as_mean_deg") > 0) == way).head(_SENTENCES)
            said = [f"- {shift(row)}" for row in moved.iter_rows(named=True)]
            st.markdown("\n".join([f"**{title}**", "", *(said or ["- nothing"])]))
        frame.link("image", f"Images of {name}")
        frame.link("steering", f"Steer {name} images towards a phrase")
    table(found, f"phrases-{model}-{name}", _COLUMNS)


def _phrase(frame: Frame, model: str, index: int) -> None:
    st.caption(
        "Any words: the study's text model embeds them, and every stored image is scored on the "
        "spot. The first one takes some seconds."
    )
    phrase = choices.text("Phrase", "phrase", placeholder="for instance: a striped pattern")
    if not phrase:
        return
    try:
        rows = live.ask(
            "phrase", f"scoring {phrase!r} over the stored images", run_id=frame.run_id, text=phrase
        )
    except NoAnswerError as error:
        st.warning(literal(str(error)), icon=":material/warning:")
        return
    found = pl.DataFrame(rows, infer_schema_length=None).filter(
        (pl.col("model") == model) & pl.col("as_mean_deg").is_not_null()
    )
    found = found.with_columns(phrase=pl.lit(phrase))
    own = found.filter(pl.col("class_index") == index)
    if not own.is_empty():
        st.markdown(shift(own.row(0, named=True)))
    most = found.sort(pl.col("as_mean_deg").abs(), descending=True).head(_ARROWS)
    drawn = most.sort("as_mean_deg", descending=True).with_columns(phrase="class_name")
    whose = f"{phrase!r} by {model}, the {len(drawn)} classes that move most"
    show(charts.strings(drawn, whose, f"phrase-{model}"))


_COLUMNS = {
    "angle_original_mean_deg": degrees("original"),
    "angle_equivalent_mean_deg": degrees("equivalent"),
    "as_mean_deg": degrees("mean AS", "Positive: towards the phrase."),
    "as_sd_deg": degrees("sd"),
    "as_ci_low_deg": degrees("95 % from"),
    "as_ci_high_deg": degrees("to"),
    "control_as_mean_deg": degrees("random step"),
    "p_value": number("p", digits=4),
    "p_adjusted": number("adjusted p", "Over all classes and phrases of the model.", 4),
    "differs_from_control": st.column_config.CheckboxColumn("differs from a random step"),
}
