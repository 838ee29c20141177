"""Trends: how do figures go, from run to run and from model to model?"""

import json
from itertools import pairwise

import polars as pl
import streamlit as st

from dashboards.charts import runs as charts
from dashboards.charts.palette import Palette
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, section, show, table
from dashboards.words.changed import changed_settings
from dashboards.words.markdown import literal
from dashboards.words.trends import trend


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "How do figures go, from run to run and from model to model?",
        help="A study that runs each night is a curve, and so are the checkpoints of a training.",
    )
    place = st.container()
    metric = choices.select("Figure", "metric", list(charts.HISTORIES), labels=charts.HISTORIES)
    past = frame.read("history", metric=metric)
    with place:
        answer(trend(past.to_dicts(), charts.HISTORIES[metric], frame.study))
    with section("From run to run"):
        if past["run_id"].n_unique() < 2:
            st.info("There is one run of this study with that figure; a second one makes a line.")
        else:
            changed = _changes(frame, past["run_id"].unique().to_list())
            palette = Palette(past["model"].unique().to_list())
            show(charts.history(past, metric, palette, changed))
            st.caption(
                "`sing gate` holds a run against the one before; in SQL it is the view `trends`."
            )
            if not changed.is_empty():
                named = {"run_id": "run", "changed": "otherwise than the run before"}
                table(changed.drop("finished_at"), "changed-from-run-to-run", named)
    with section("From model to model"):
        _series(frame, metric)


def _changes(frame: Frame, drawn: list[str]) -> pl.DataFrame:
    """The drawn runs that were asked or made otherwise than the one before, and in what."""
    rows, found = frame.read("settings").filter(pl.col("run_id").is_in(drawn)).to_dicts(), []
    for before, after in pairwise(rows):
        names = [name for name, _, _ in changed_settings(before, after)]
        if names:
            about = {"run_id": after["run_id"], "finished_at": after["finished_at"]}
            found.append({**about, "changed": ", ".join(names)})
    schema = {"run_id": pl.String, "finished_at": pl.Datetime, "changed": pl.String}
    return pl.DataFrame(found, schema=schema)


def _series(frame: Frame, metric: str) -> None:
    """Series of models, such as the checkpoints of a training, in the order of the study."""
    study = json.loads(frame.read("run").row(0, named=True)["config_json"])
    in_order: dict[str, list[str]] = {}
    for model in study.get("models", []):
        if model.get("series"):
            in_order.setdefault(model["series"], []).append(model["id"])
    if not in_order:
        st.caption(
            'No models of this study are a series; `checkpoints = "runs/epoch-*.pt"` below '
            "`[[models]]` makes one of a training's checkpoints."
        )
    for name, models in in_order.items():
        rows = frame.read("series", metric=metric, models=models)
        if rows.is_empty():
            st.info(f"No model of {literal(name)} has this figure.")
        else:
            show(charts.series(rows, metric, name, frame.palette))
