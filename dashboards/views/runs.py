"""Runs: what ran when, with what, and what changed?"""

import json

import polars as pl
import streamlit as st

from dashboards.charts import runs as charts
from dashboards.page import choices
from dashboards.page.draw import Frame, answer, degrees, number, read, section, show, table
from dashboards.words import verdicts
from dashboards.words.changed import changed_settings, differences
from dashboards.words.markdown import literal


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header("What ran when, with what, and what changed?")
    with section():
        rows = read("runs")
        answer(verdicts.runs(rows.to_dicts(), frame.study))
        table(rows, "runs", {"took_s": number("took (s)", digits=0)})
    with section("This run"):
        counts = frame.read("counts").row(0, named=True)
        with st.container(horizontal=True):
            for name, value in counts.items():
                st.metric(name.removeprefix("n_").capitalize(), f"{value:,}", width=130)
        about = frame.read("run").row(0, named=True)
        left, right = st.columns(2, gap="large")
        with left.expander("Its study, with defaults filled in"):
            st.json(json.loads(about["config_json"]))
        with right.expander("Versions it was made with"):
            st.caption(about["code_version"])
            st.json(json.loads(about["package_versions_json"]))
        with st.expander("Weights of its models, and their precision"):
            table(frame.read("weights"), "weights")
        with st.expander("Files it read and made, by content"):
            table(frame.read("artifacts"), "artifacts")
    frame.link("trends", "How do figures go from run to run?")
    with section("Two runs compared"):
        finished = rows.filter(pl.col("status") == "finished")
        names = finished["run_id"].to_list()
        if len(names) < 2:
            st.info("There is one finished run; a second one can be compared with it.")
            return
        others = [name for name in names if name != frame.run_id]
        labels = {
            row["run_id"]: f"{row['study']}, {row['finished_at']:%Y-%m-%d %H:%M}"
            for row in finished.iter_rows(named=True)
        }
        studies = dict(finished.select("run_id", "study").iter_rows())
        like = next((name for name in others if studies[name] == frame.study), others[0])
        other = choices.select("This run against", "other", others, like, labels=labels)
        _compare(frame, other)


def _compare(frame: Frame, other: str) -> None:
    then, now = (read("run", run=run).row(0, named=True) for run in (other, frame.run_id))
    found = list(changed_settings(then, now))
    packages = (json.loads(run["package_versions_json"]) for run in (then, now))
    found += differences(*packages)
    changed = [{"setting": name, "before": was, "now": is_} for name, was, is_ in found]
    if changed:
        table(pl.DataFrame(changed), "changed-settings")
    else:
        st.info("Same settings and same versions.")
    st.markdown(_files(frame.run_id, other))
    compared = read("compared", a=other, b=frame.run_id)
    weights = compared.filter(pl.col("a_weights") != pl.col("b_weights"))["model"].to_list()
    if weights:
        st.warning(f"Other weights in: {literal(', '.join(weights))}", icon=":material/swap_horiz:")
    both = compared.drop_nulls(["a_ratio", "b_ratio"])
    if both.is_empty():
        st.info("The two runs have no scored model in common.")
        return
    show(charts.changes(compared, other, frame.run_id))
    table(compared.drop("a_weights", "b_weights"), "compared", _COLUMNS)


def _files(now: str, before: str) -> str:
    """Say which kinds of files two runs do not share, by their content."""
    sets = [
        set(read("artifacts", run=run).select("kind", "model", "sha256").iter_rows())
        for run in (now, before)
    ]
    apart = sorted({kind for kind, _, _ in sets[0] ^ sets[1]})
    if not apart:
        return "Every file that the two runs read or made is the same, byte by byte."
    return f"Files that differ by content: {', '.join(apart)}."


_COLUMNS = {
    f"{side}_{name}": degrees(f"{label} {which}")
    for side, which in (("a", "before"), ("b", "now"))
    for name, label in (("abs_as_deg", "|AS|"), ("is_deg", "IS"))
}
