"""The frame that all pages share. `sing dashboard` runs it; start reading here."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts.palette import Palette
from dashboards.page import choices
from dashboards.page.draw import Frame, read, section, warehouse
from dashboards.views import (
    classes,
    compare,
    concepts,
    cures,
    image,
    models,
    overview,
    places,
    runs,
    sql,
    steering,
    trends,
    validation,
)
from dashboards.words.glossary import glossary
from dashboards.words.markdown import literal
from warehouse.generations import NoGenerationError
from warehouse.read import NoWarehouseError, QueryError

#: Pages by the end of their address: title, icon, what draws them.
PAGES: dict[str, tuple[str, str, Callable[[Frame], None]]] = {
    "overview": ("Overview", ":material/home:", overview.draw),
    "models": ("Models", ":material/leaderboard:", models.draw),
    "classes": ("Classes", ":material/category:", classes.draw),
    "concepts": ("Concepts", ":material/translate:", concepts.draw),
    "map": ("Map", ":material/map:", places.draw),
    "image": ("Image", ":material/image:", image.draw),
    "compare": ("Compare", ":material/compare:", compare.draw),
    "steering": ("Steering", ":material/explore:", steering.draw),
    "cure": ("Cure", ":material/healing:", cures.draw),
    "validation": ("Validation", ":material/verified:", validation.draw),
    "trends": ("Trends", ":material/trending_up:", trends.draw),
    "sql": ("SQL", ":material/database:", sql.draw),
    "runs": ("Runs", ":material/history:", runs.draw),
}


#: Pages use the width of the window.
_STYLE = """
.stMainBlockContainer{padding:3.2rem 2.2rem 4rem}
section[data-testid="stSidebar"]{min-width:236px;max-width:236px}
@media(max-width:640px){.stMainBlockContainer{padding:3.2rem 1rem 3rem}
section[data-testid="stSidebar"]{min-width:0;max-width:100%}}
"""


def main(first: str = "overview") -> None:
    """Draw the page that the address names, or the first one."""
    st.set_page_config(page_icon=str(files("dashboards") / "icon.svg"), layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    choices.begin()
    frame: Frame | None = None
    problem: Exception | None = None

    def page(draw: Callable[[Frame], None]) -> None:
        if frame is not None:
            with section():
                draw(frame)
            return
        if isinstance(problem, NoWarehouseError):
            st.header("Nothing to look at yet")
            st.info(literal(str(problem)), icon=":material/info:")
            st.markdown("`sing demo` makes results from nothing, in some two minutes.")
        else:
            st.header("The results cannot be read")
            st.error(literal(str(problem)), icon=":material/error:")

    links = {
        name: st.Page(partial(page, draw), title=f"{title} · SING", icon=icon, url_path=name)
        for name, (title, icon, draw) in PAGES.items()
    }
    # Streamlit gives a default page no address of its own; every page shall have one.
    title, icon, draw = PAGES[first]
    home = st.Page(
        partial(page, draw), title=f"{title} · SING", icon=icon, url_path="home", default=True
    )
    chosen = st.navigation([home, *links.values()], position="hidden")
    with st.sidebar:
        st.markdown("### SING")
        st.caption("What an image classifier cannot see")
        navigation = st.container(gap="xsmall")
        st.divider()
        try:
            frame = _frame(links)
        except (NoWarehouseError, NoGenerationError, QueryError) as error:
            problem = error
        with navigation:
            for name, link in links.items():
                st.page_link(link, label=PAGES[name][0], query_params=choices.shared())
        _words()
    chosen.run()


def _words() -> None:
    """What the ten words mean, for whoever asks."""
    with st.popover("Ten words", icon=":material/menu_book:", width="stretch"):
        for one in glossary():
            st.markdown(f"**{one.word}** {one.meaning}")
            st.image(one.svg, caption=None, width=240)


def _frame(links: dict[str, Any]) -> Frame:
    """Let a run be chosen.

    Raises
    ------
    NoWarehouseError
        If nothing is published, or no run is finished.
    """
    runs_ = read("runs").filter(pl.col("status") == "finished")
    if runs_.is_empty():
        raise NoWarehouseError(
            f"no run in {warehouse().root} is finished; `sing runs` lists them all"
        )
    labels = {
        row["run_id"]: f"{row['study']}, {row['finished_at']:%d %b %y, %H:%M}"
        for row in runs_.iter_rows(named=True)
    }
    run_id = choices.select(
        "Run", "run", runs_["run_id"].to_list(), labels=labels, help="Times are UTC."
    )
    scored = read("scored_models", run=run_id)["model"].to_list()
    row = runs_.row(by_predicate=pl.col("run_id") == run_id, named=True)
    if row["message"]:
        st.caption(f":material/info: {literal(row['message'])}")
    return Frame(run_id, row["study"], scored, Palette(scored), links)


if __name__ == "__main__":
    main()
