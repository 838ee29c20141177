"""Steering: how far can images be turned towards a text without the model noticing?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.beside import NoAnswerError
from dashboards.charts import steering as charts
from dashboards.page import choices, live
from dashboards.page.draw import Frame, answer, degrees, number, section, show, table
from dashboards.page.pictures import gallery
from dashboards.words import verdicts
from dashboards.words.markdown import literal
from dashboards.words.sentences import turn

#: Classes of the table of classes: as many as can be read.
_CLASSES = 40

_OTHER = "other words…"


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "How far can images be turned towards a text without the model noticing?",
        help="A step inside the null space leaves every logit as it is. Steering takes the step "
        "that moves an image most towards a text, and asks how much that is, and how long the "
        "step must be.",
    )
    place = st.container()
    pairs = frame.read("steering_targets")
    if pairs.is_empty():
        st.info("This run has no steering; its study has no target texts.")
        return
    columns = st.columns(5, vertical_alignment="bottom")
    with columns[2]:
        model = frame.model()
    cells = frame.read("confusion", model=model, classes=_CLASSES)
    easy = _easiest(pairs, cells)
    with columns[0]:
        sources = pairs["source_class"].unique(maintain_order=True).to_list()
        source = choices.select("Images of", "class", sources, next(iter(easy), None))
    of_source = pairs.filter(pl.col("source_class") == source)["target"].to_list()
    stored = [target for target in of_source if target != source]
    classes = [name for name in sources if name not in (*stored, source)]
    with columns[1]:
        target = choices.select("Towards", "target", [*stored, *classes, _OTHER], easy.get(source))
    with columns[3]:
        at_deg = choices.slider("Target IS (degrees)", "is", 5, 80, 40, 5)
    with columns[4]:
        over = choices.segments("Over the step's", "over", list(charts.CURVES), labels=_OVER)
    with place, section():
        answer(verdicts.steering(cells.to_dicts(), model))
    if target == _OTHER:
        target = choices.text("Other words", "words", placeholder="for instance: a telephone")
    elif target in classes:
        st.info(
            "No curve is stored towards this class; see the table of classes, and the way there."
        )
    else:
        rows = frame.read("steering_curves", source=source, target=target)
        show(charts.curves(rows, source, target, charts.measured(rows, over), frame.palette))
        _proof(frame)
    with section("Along the way"):
        _along(frame, model, source, target, at_deg)
    with section("How far towards each other class?"):
        if cells.is_empty():
            st.info("This run has no table of classes; its study steers towards other texts.")
            return
        for row in cells.filter(pl.col("reachable_share") >= 0.5).head(3).iter_rows(named=True):
            st.markdown(f"- {turn(row)}")
        n = cells["source_class"].n_unique()
        shown = f"{n} classes, those that go furthest" if n == _CLASSES else f"All {n} classes"
        by = choices.segments("Cells", "cells", list(charts.CELLS), labels=_CELLS)
        show(
            charts.confusion(cells, model, charts.measured(cells, by), shown),
            picks={"class": "source_class", "target": "target_class"},
        )
        table(cells.drop("null_mode"), f"confusion-{model}", _COLUMNS, first=_FIRST)


def _easiest(pairs: pl.DataFrame, cells: pl.DataFrame) -> dict[str, str]:
    """For each class the one it is turned towards most easily, by curves that are stored.

    The first is the easiest of all.
    """
    stored = pairs.rename({"target": "target_class"})
    known = cells.drop_nulls("epsilon_over_null_mean").join(
        stored, on=["source_class", "target_class"], how="semi"
    )
    easiest = known.sort("epsilon_over_null_mean").unique(
        "source_class", keep="first", maintain_order=True
    )
    return dict(easiest.select("source_class", "target_class").iter_rows())


def _proof(frame: Frame) -> None:
    proof = frame.read("steering_proof")
    known = proof["max_abs_logit_drift"].drop_nulls().to_list()
    modes = set(frame.read("models")["null_mode"])
    label = "no logit may move" if modes == {"exact"} else f"null space: {', '.join(sorted(modes))}"
    if known:
        st.caption(
            f"Over all {proof['n'].sum():,} stored steps the largest change of any logit is "
            f"{max(known):.1e} ({label})."
        )


def _along(frame: Frame, model: str, source: str, target: str, at_deg: int) -> None:
    if not target:
        st.info("Type words to steer towards.")
        return
    if not choices.toggle(
        "Compute the nearest real pictures of the steered images", "pictures",
        help="Over the stored features; other words need the study's text model.",
    ):  # fmt: skip
        return
    try:
        path = live.ask(
            "steer", f"steering {source} images towards {target!r}", run_id=frame.run_id,
            model=model, source=source, target=target, is_deg=at_deg,
        )  # fmt: skip
    except NoAnswerError as error:
        st.warning(literal(str(error)), icon=":material/warning:")
        return
    _steps(frame, path)


def _steps(frame: Frame, path: dict[str, Any]) -> None:
    ids = {
        near["image_id"]
        for image in path["pictures"]
        for step in image["steps"]
        for near in step["nearest"]
    } | {image["image_id"] for image in path["pictures"]}
    paths = frame.read("paths", images=sorted(ids))
    for image in path["pictures"]:
        steps = zip(path["steps"], image["steps"], strict=True)
        shown = [{"image_id": image["image_id"], "under": "steered"}]
        for step, own in steps:
            at = f"IS {step['is_deg']:g}°"
            shown += [
                {"image_id": near["image_id"], "under": f"{at}: at {near['angle_deg']:.1f}°"}
                for near in own["nearest"][:1]
            ]
        rows = pl.DataFrame(shown).join(paths, on="image_id", maintain_order="left")
        gallery(frame, rows, "A picture of the class, and the nearest real picture at each step.")
    st.markdown("\n".join(f"- IS {step['is_deg']:g}°: {_reached(step)}" for step in path["steps"]))
    drift = path["max_abs_logit_drift"]
    if drift is not None:
        st.caption(f"The largest change of any logit at the last step: {drift:.1e}.")


def _reached(step: dict[str, Any]) -> str:
    share = step["reachable_share"]
    if not share or step["as_mean_deg"] is None:
        return "no step turns any image so far"
    some = "" if share == 1 else f", reached by {share:.0%} of the images"
    return f"AS {step['as_mean_deg']:+.1f}° towards the text{some}"


_OVER = {"length": "length", "is": "IS"}

_CELLS = {"length": "step length", "gain": "AS beyond a step outside", "as": "AS"}

_FIRST = (
    "source_class", "target_class", "n", "n_reached", "as_mean_deg", "as_sd_deg",
    "epsilon_over_null_mean", "control_as_mean_deg",
)  # fmt: skip

_COLUMNS = {
    "source_class": "images of",
    "target_class": "towards",
    "n": "images",
    "n_reached": "reached",
    "epsilon_over_null_mean": number("step", "In typical null parts."),
    "epsilon_over_norm_mean": number("step over feature", "Over the length of the feature."),
    "control_as_mean_deg": degrees("AS outside", "Of a step as long that the head sees."),
    "control_is_mean_deg": degrees("IS outside"),
    "as_mean_deg": degrees("mean AS"),
    "as_sd_deg": degrees("sd"),
    "is_mean_deg": degrees("mean IS"),
    "reachable_share": number("reached by", "Share of the images.", 2),
}
