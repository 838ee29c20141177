"""SQL: ask the published results anything."""

import threading

import altair as alt
import polars as pl
import streamlit as st

from dashboards.charts.figures import Figure
from dashboards.charts.palette import HUES
from dashboards.page import choices
from dashboards.page.draw import Frame, read, section, show, table, warehouse
from warehouse import console

#: Rows that an answer may have here; more are for `sing sql` or `sing export`.
_ROWS = 10_000

#: Rows that the chart takes.
_DRAWN = 2_000

_EXAMPLES = {
    "Which model keeps its classes out of its null space?": """
select model, is_as_ratio, ratio_ci_low, ratio_ci_high, control_ratio
from latest.model_scores
order by is_as_ratio desc
""",
    "Which classes leak most, by model?": """
select model, class_name, abs_as_median_deg, n
from latest.class_scores
order by abs_as_median_deg desc
limit 20
""",
    "Which phrases move most, and otherwise than by a random step?": """
select model, class_name, phrase, as_mean_deg, p_adjusted
from latest.concept_scores
join latest.concepts using (run_id, concept_id)
join latest.class_scores using (run_id, model, class_index)
where differs_from_control
order by abs(as_mean_deg) desc
limit 30
""",
    "How is null energy spread?": """
select model, round(null_energy, 2) as null_energy, count(*) as images
from latest.image_scores
group by all
order by all
""",
    "Which images are outliers?": """
select model, path, class_name, as_deg, image_scores.is_deg
from latest.image_ranks
join latest.image_scores using (run_id, model, image_id)
join latest.images using (run_id, image_id)
where is_outlier
order by image_scores.is_deg desc
limit 50
""",
}


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header("Ask the published results anything")
    st.markdown(
        "Read-only SQL (DuckDB) over the published tables and nothing else. Schema `latest` has "
        "the newest run of each study, `main` every run; this run is "
        f"`run_id = '{frame.run_id}'`."
    )
    left, right = st.columns([0.68, 0.32], gap="large")
    with right:
        _schema()
    with left:
        asked = "q" in st.query_params
        with st.expander("Examples", icon=":material/lightbulb:", expanded=not asked):
            for question, query in _EXAMPLES.items():
                st.button(
                    question,
                    on_click=choices.set_choice,
                    args=("q", query.strip()),
                    type="tertiary",
                )
        query = choices.area("Query", "q", height=170, help="Ctrl+Enter asks.")
        with section():
            if query:
                _answer(query)


def _answer(query: str) -> None:
    with st.spinner("asking, after other visitors' queries", show_time=True):
        rows, more, seconds = _ask(str(warehouse().root), warehouse().identity(), query)
    count = (
        f"the first {len(rows):,} rows; there are more"
        if more
        else f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    )
    st.caption(f"{count}, {seconds:.2f} s")
    if not rows.width:
        return
    table(rows, "answer")
    numbers = [name for name, kind in rows.schema.items() if kind.is_numeric()]
    if rows.is_empty() or not numbers:
        return
    measured = [name for name in numbers if rows.schema[name].is_float()] or numbers
    places = st.columns(3)
    with places[1]:
        x = choices.select("Across", "x", rows.columns)
    with places[2]:
        y = choices.select("Up", "y", numbers, measured[0])
    # Bars of one place would lie on one another.
    kinds = ["points", "bars"] if rows[x].is_duplicated().any() else ["bars", "points"]
    with places[0]:
        kind = choices.segments("Chart", "chart", kinds)
    show(_chart(rows, kind, x, y))


@st.cache_data(show_spinner=False, max_entries=50)
def _ask(root: str, identity: str | None, query: str) -> tuple[pl.DataFrame, bool, float]:
    del root, identity  # parts of the key
    with _one_at_a_time():
        answer = console.ask(warehouse().root, query, rows=_ROWS)
    rows = pl.from_arrow(answer.table)
    assert isinstance(rows, pl.DataFrame)
    return rows, answer.more, answer.seconds


@st.cache_resource
def _one_at_a_time() -> threading.Lock:
    """Each query may take 1.5 GB and two cores; visitors wait for one another."""
    return threading.Lock()


def _chart(rows: pl.DataFrame, kind: str, x: str, y: str) -> Figure:
    # Columns may have any name; dots and brackets mean something to Vega.
    some = rows.head(_DRAWN).select(pl.col(x).alias("across"), pl.col(y).alias("up"))
    numeric = rows.schema[x].is_numeric() and kind == "points"
    across = alt.X(f"across:{'Q' if numeric else 'N'}", title=x, sort=None)
    chart = alt.Chart(some)
    drawn = (
        chart.mark_point(filled=True, size=60, color=HUES[0])
        if kind == "points"
        else chart.mark_bar(color=HUES[0])
    )
    counted = f"the first {len(some):,} of {len(rows):,}" if len(rows) > len(some) else "all"
    return Figure(
        "answer",
        drawn.encode(
            x=across, y=alt.Y("up:Q", title=y, stack=None), tooltip=["across", "up"]
        ).properties(height=320),
        f"{y} over {x}, {counted} rows of the answer.",
        f"Chart of {y} over {x}.",
        some.rename({"across": x, "up": y} if x != y else {"across": x, "up": f"{y} again"}),
    )


def _schema() -> None:
    st.markdown("**Tables**")
    with section():
        columns = read("columns")
        names = columns["table_name"].unique(maintain_order=True).to_list()
        name = choices.select("Table", "table", names, "model_scores")
        some = columns.filter(pl.col("table_name") == name)
        st.caption(some["table_comment"][0])
        st.dataframe(
            some.select("column_name", "comment"),
            hide_index=True,
            height=520,
            key="schema",
            alt=f"Columns of table {name}",
            column_config={
                "column_name": st.column_config.TextColumn("column", width="medium"),
                "comment": st.column_config.TextColumn("meaning", width="large"),
            },
        )
