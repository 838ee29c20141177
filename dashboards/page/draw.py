"""What every page stands in: the run that is looked at, and answers from the published file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboards.charts.figures import Figure, csv, file_name, parquet, saved_as
from dashboards.charts.palette import Palette
from dashboards.page import choices
from dashboards.words.labels import class_label
from dashboards.words.markdown import literal
from warehouse.generations import NoGenerationError
from warehouse.layout import DataRoot
from warehouse.read import NoWarehouseError, OlderFileError, QueryError, Warehouse


@dataclass(frozen=True)
class Frame:
    """The run that a page is about.

    Attributes
    ----------
    models
        Ids of its scored models, sorted.
    links
        Pages by name, for links from one to another.
    """

    run_id: str
    study: str
    models: list[str]
    palette: Palette
    links: dict[str, Any]

    def read(self, question: str, **parameters: Any) -> pl.DataFrame:
        """Ask one of the warehouse's questions about this run."""
        return read(question, run=self.run_id, **parameters)

    def model(self, label: str = "Model") -> str:
        """Let one of the scored models be chosen."""
        return choices.select(label, "model", self.models)

    def class_index(self, first: int | None = None) -> tuple[int, str]:
        """Let a class be chosen; returns its index and its name.

        Parameters
        ----------
        first
            The index of the class that is shown unless another is chosen.
        """
        names = self.classes()
        default = next((label for label, (index, _) in names.items() if index == first), None)
        return names[choices.select("Class", "class", list(names), default)]

    def classes(self) -> dict[str, tuple[int, str]]:
        """Index and name of the classes that have pictures, by a name that no other class has."""
        rows = self.read("class_names").select(class_label(), "class_index", "class_name")
        return {label: (index, name) for label, index, name in rows.iter_rows()}

    def labeled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add ``label`` to rows of classes: the name, told apart where two classes share one."""
        labels = {index: label for label, (index, _) in self.classes().items()}
        return rows.with_columns(
            label=pl.col("class_index").replace_strict(labels, default=None, return_dtype=pl.String)
        )

    def link(self, page: str, label: str, **parameters: str) -> None:
        """Draw a link to another page about the same run."""
        st.page_link(
            self.links[page], label=literal(label), query_params={**choices.shared(), **parameters}
        )


def warehouse() -> Warehouse:
    """Return the read side of the data root that the dashboard was started for."""
    return Warehouse(DataRoot.choose(None))


def read(question: str, **parameters: Any) -> pl.DataFrame:
    """Ask a question; the answer is kept for as long as the published file is the newest."""
    store = warehouse()
    return _read(str(store.root), store.identity(), question, parameters)


@st.cache_data(show_spinner=False, max_entries=500)
def _read(
    root: str, identity: str | None, question: str, parameters: dict[str, Any]
) -> pl.DataFrame:
    del root, identity  # parts of the key
    answer = pl.from_arrow(warehouse().ask(question, **parameters))
    assert isinstance(answer, pl.DataFrame)
    return answer


@contextmanager
def section(title: str | None = None) -> Iterator[None]:
    """Draw a part of a page; what cannot be shown says why, and the rest of the page stands."""
    if title:
        st.subheader(title)
    try:
        yield
    except OlderFileError as error:
        st.info(literal(str(error)), icon=":material/update:")
    except (NoWarehouseError, NoGenerationError, QueryError) as error:
        st.warning(literal(str(error)), icon=":material/warning:")


def answer(sentence: str) -> None:
    """Draw a page's answer, which comes before its charts; nothing where there is none."""
    if sentence:
        with st.container(border=True):
            st.markdown(f"#### {sentence}")


def cautions(rows: pl.DataFrame) -> None:
    """Draw what is to be known of models before their numbers are read.

    Parameters
    ----------
    rows
        Names and sentences; those without one are left out.
    """
    known = rows.drop_nulls()
    if not known.is_empty():
        lines = [f"- **{literal(name)}**: {literal(words)}" for name, words in known.iter_rows()]
        st.warning("\n".join(["Read with care:", "", *lines]), icon=":material/warning:")


def show(
    figure: Figure,
    *,
    picks: Mapping[str, str] | None = None,
    selects: tuple[str, str, str] | None = None,
) -> None:
    """Draw a figure with its caption, and let it be saved.

    Parameters
    ----------
    picks
        Choices, and the fields of the chart whose clicked values are taken for them.
    selects
        The choice that takes the ends of a box, which is called like the chart's parameter, and
        the two fields that they are of.
    """
    key = f"figure {figure.name}"
    options: dict[str, Any] = {}
    if picks is not None:
        options["on_select"] = choices.clicked(picks, lambda: st.session_state[key])
    if selects is not None:
        options["on_select"] = choices.boxed(*selects, lambda: st.session_state[key])
    st.altair_chart(_legible(figure.chart), width="stretch", alt=figure.alt, key=key, **options)
    words, files = st.columns([0.78, 0.22], vertical_alignment="top")
    hint = "" if picks is None and selects is None else figure.hint
    words.caption(literal(f"{figure.caption} {hint}"))
    with files.popover("Save", type="tertiary"):
        for label, name, kind, content in saved_as(figure):
            st.download_button(
                label, content, name, kind, key=f"{key} {label}", on_click="ignore",
                type="tertiary", width="stretch",
            )  # fmt: skip


#: What stands beside charts, in 4.5 to 1 at least against the ground of each theme: Streamlit's
#: own gray has less on the light one.
_WORDS = {"light": "#4c5260", "dark": "#c9cdd6"}


def _legible(chart: Any) -> Any:
    color = _WORDS.get(st.context.theme.type or "")
    words: dict[str, Any] = {"labelColor": color, "titleColor": color} if color else {}
    return chart.configure(
        axis=alt.AxisConfig(**words),
        # A name stands beside its mark; a number at an axis' end is moved inwards.
        axisDiscrete=alt.AxisConfig(labelFlush=False),
        legend=alt.LegendConfig(**words),
    )


def table(
    rows: pl.DataFrame,
    name: str,
    columns: dict[str, Any] | None = None,
    *,
    first: Sequence[str] = (),
) -> None:
    """Draw a table, and let it be saved.

    Parameters
    ----------
    first
        The columns that count; the others are folded until they are asked for.
    """
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        rest = len(rows.columns) - len(first)
        whole = not first or st.toggle(
            f"{rest} more columns", key=f"all of table {name}", help="The files have all of them."
        )
        place.dataframe(
            rows,
            hide_index=True,
            column_config=columns,
            column_order=None if whole else [column for column in first if column in rows.columns],
            key=f"table {name}",
            alt=f"Table: {name}",
        )
        for label, content, kind in (
            ("CSV", csv, "text/csv"),
            ("Parquet", parquet, "application/vnd.apache.parquet"),
        ):
            st.download_button(
                label, partial(content, rows), file_name(name, label.lower()), kind,
                key=f"table {name} {label}", on_click="ignore", type="tertiary",
                icon=":material/download:",
            )  # fmt: skip


def degrees(label: str, help: str | None = None, digits: int = 2) -> Any:
    """Return how a table shows a column of angles."""
    return st.column_config.NumberColumn(f"{label} (°)", help=help, format=f"%.{digits}f")


def number(label: str, help: str | None = None, digits: int = 2) -> Any:
    """Return how a table shows a column of numbers without a unit."""
    return st.column_config.NumberColumn(label, help=help, format=f"%.{digits}f")
