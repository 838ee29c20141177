"""Questions that need the space's text model: asked of one process beside the dashboard.

Pages import neither torch nor the analysis: a child is started at the first
question, and goes when it has been idle.
"""

import sys
from typing import Any

import streamlit as st

from dashboards.beside import Beside
from dashboards.page.draw import warehouse
from dashboards.words.markdown import literal

#: A first question loads torch and a text model; a large study takes some seconds for each model.
_PATIENCE_S = 300.0


@st.cache_resource(on_release=lambda live: live.stop())
def _live(root: str) -> Beside:
    return Beside([sys.executable, "-m", "flows.answers", "--data", root], _PATIENCE_S)


@st.cache_data(show_spinner=False, max_entries=100)
def _ask(identity: str | None, root: str, question: str, parameters: dict[str, Any]) -> Any:
    del identity  # part of the key
    return _live(root).ask(question, **parameters)


def ask(question: str, waiting: str, **parameters: Any) -> Any:
    """Ask, showing what is waited for; an answer is kept while the published file is the newest."""
    store = warehouse()
    with st.spinner(literal(waiting), show_time=True):
        return _ask(store.identity(), str(store.root), question, parameters)
