"""Concepts: which meanings move when the null part goes?"""

import polars as pl
import streamlit as st

from dashboards.beside import NoAnswerError
from dashboards.charts import concepts as charts
from dashboards.charts import readouts
from dashboards.page import choices, live
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import common_shift, common_shifts, own_shift, shift

#: Phrases of the string plot, and of each list of sentences.
_ARROWS, _SENTENCES = 20, 4

#: Phrases that a sentence about all classes names.
_SHARED = 3

#: Classes and phrases of the heat map: as many as can be read.
_CLASSES, _PHRASES = 40, 40

_ALL = "all"


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Which meanings move when the null part goes?",
        help="Each phrase is a direction of the space. Removing what the head cannot see turns a "
        "class's images **towards** some phrases and **away from** others, with equal logits. "
        "Part of that all classes share; what is a class's **own** says something of the class.",
    )
    place = st.container()
    with section():
        groups = [_ALL, *sorted({g for g in frame.read("concepts")["concept_group"] if g})]
    columns = st.columns([0.2, 0.2, 0.2, 0.2, 0.2], vertical_alignment="bottom")
    with columns[0]:
        model = frame.model()
    with columns[1]:
        first = frame.read("finding_shifts", most=1).filter(pl.col("model") == model)
        index, name = frame.class_index(first["class_index"][0] if len(first) else None)
    with columns[2]:
        group = choices.select("Group", "group", groups)
    with columns[3]:
        search = choices.text("Phrases with", "find", placeholder="part of a phrase")
    with columns[4]:
        wants_own = choices.segments("Movement", "part", ["own", "total"]) == "own"
    part = charts.TOTAL
    with place, section():
        answer(_answer(frame, model))
    with section():
        rows = frame.read("class_concepts", model=model, class_index=index)
        if rows.is_empty():
            st.info("This run has no phrases; a study gets them with `[concepts] file = …`.")
            return
        part = charts.part_of(rows) if wants_own else charts.TOTAL
        if wants_own and part is charts.TOTAL:
            st.info(
                "This run tells no class's own movement from what all classes share: it has one "
                "class, or was made by an earlier version. The total is shown."
            )
        _moved(frame, rows, part, model, name, group, search)
    with section("A phrase of your own"):
        _phrase(frame, part, model, index)
    with section("What a line reads of each group"):
        read = frame.read("group_readouts", model=model)
        if not read.is_empty():
            show(readouts.groups(read, model))
    with section("All classes"):
        cells = frame.read(
            "concept_heat", model=model, group="" if group == _ALL else group,
            classes=_CLASSES, phrases=_PHRASES, own=part is charts.OWN,
        )  # fmt: skip
        if not cells.is_empty():
            cells = frame.labeled(cells)
            shown = (
                f"{cells['label'].n_unique()} classes and {cells['phrase'].n_unique()} "
                "phrases, those that move most"
            )
            show(charts.heat(cells, part, shown, f"concepts-{model}"), picks={"class": "label"})


def _answer(frame: Frame, model: str) -> str:
    of_model = pl.col("model") == model
    rows = frame.read("movement").filter(of_model).to_dicts()
    first = frame.read("finding_shifts", most=1).filter(of_model).to_dicts()
    return verdicts.concepts(rows[0], first[0] if first else None) if rows else ""


def _moved(
    frame: Frame, rows: pl.DataFrame, part: charts.Part, model: str, name: str, group: str,
    search: str,
) -> None:  # fmt: skip
    found = rows.filter(
        (pl.lit(group == _ALL) | (pl.col("concept_group") == group))
        & pl.col("phrase").str.to_lowercase().str.contains(search.lower(), literal=True)
        & pl.col(part.value).is_not_null()
    )
    found = found.sort(pl.col(part.value).abs(), descending=True, maintain_order=True)
    if found.is_empty():
        st.info(f"No phrase fits “{literal(search)}” in group {literal(group)}.")
        return
    some = found.head(_ARROWS).sort(part.value, descending=True)
    left, right = st.columns([0.6, 0.4], gap="large")
    with left:
        whose = (
            f"{name} images by {model}, {len(some)} of {len(rows)} phrases, those that move most"
        )
        show(charts.moved(some, part, whose, f"phrases-{model}-{name}"))
    with right:
        for title, way in (
            ("Null removal moves most towards", True),
            ("and most away from", False),
        ):
            moved = found.filter((pl.col(part.value) > 0) == way).head(_SENTENCES)
            tell = own_shift if part is charts.OWN else shift
            said = [f"- {tell(row)}" for row in moved.iter_rows(named=True)]
            st.markdown("\n".join([f"**{title}**", "", *(said or ["- nothing"])]))
        shared = frame.read("common_shifts", most=_SHARED).filter(pl.col("model") == model)
        if not shared.is_empty():
            st.markdown(f"Of {literal(model)}, {common_shifts(shared.to_dicts())}")
        frame.link("image", f"Images of {name}")
        frame.link("steering", f"Steer {name} images towards a phrase")
    first = _FIRST if part is charts.OWN else _FIRST_OF_ALL
    table(found, f"phrases-{model}-{name}", _COLUMNS, first=first)


def _phrase(frame: Frame, part: charts.Part, model: str, index: int) -> None:
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
        row = own.row(0, named=True)
        st.markdown(own_shift(row))
        if row["common_as_mean_deg"] is not None:
            st.markdown(f"Of {literal(model)}, {common_shift(row)}")
    most = found.sort(pl.col(part.value).abs(), descending=True).head(_ARROWS)
    drawn = most.sort(part.value, descending=True).with_columns(phrase="class_name")
    whose = f"{phrase!r} by {model}, the {len(drawn)} classes that move most"
    show(charts.moved(drawn, part, whose, f"phrase-{model}"))


#: What counts in the table, by what is looked at.
_FIRST = (
    "phrase", "concept_group", "n", "own_as_mean_deg", "own_ci_low_deg", "own_ci_high_deg",
    "control_own_as_mean_deg", "own_p_adjusted", "common_as_mean_deg", "as_mean_deg",
)  # fmt: skip
_FIRST_OF_ALL = (
    "phrase", "concept_group", "n", "as_mean_deg", "as_ci_low_deg", "as_ci_high_deg",
    "control_as_mean_deg", "p_adjusted",
)  # fmt: skip

_COLUMNS = {
    "concept_group": "group",
    "n": "images",
    "own_as_mean_deg": degrees("own AS", "Beside what all classes share; positive: towards it."),
    "own_ci_low_deg": degrees("95 % from"),
    "own_ci_high_deg": degrees("to"),
    "control_own_as_mean_deg": degrees("random step, own"),
    "own_p_adjusted": number("adjusted p, own", "Over all classes and phrases of the model.", 4),
    "own_differs_from_control": st.column_config.CheckboxColumn("own differs from a random step"),
    "common_as_mean_deg": degrees("all classes share"),
    "common_ci_low_deg": degrees("95 % from"),
    "common_ci_high_deg": degrees("to"),
    "control_common_as_mean_deg": degrees("random step, shared"),
    "common_differs_from_control": st.column_config.CheckboxColumn("shared differs"),
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
