"""Validation: can these numbers be trusted?"""

import polars as pl
import streamlit as st

from dashboards.charts import validation as charts
from dashboards.page import choices
from dashboards.page.draw import (
    Frame,
    answer,
    cautions,
    degrees,
    number,
    section,
    show,
    table,
    warehouse,
)
from dashboards.page.pictures import gallery
from dashboards.words import verdicts


def draw(frame: Frame) -> None:
    """Draw the page."""
    st.header(
        "Can these numbers be trusted?",
        help="Scores stand on a null space that really is one, on translators that carry meaning, "
        "and on controls that they differ from.",
    )
    with section():
        drifts = frame.read("proofs")["logit_drift_max"].drop_nulls().to_list()
        answer(
            verdicts.validation(
                frame.read("translators").to_dicts(),
                max(drifts) if drifts else None,
                frame.read("flagged")["image_id"].n_unique(),
            )
        )
    with section("Do translators carry meaning?"):
        rows = frame.read("translators")
        left, right = st.columns([0.5, 0.5], gap="large")
        with left:
            show(charts.translators(rows))
        with right:
            cautions(rows.select("model", "message"))
            _agreement(frame)
        rest = [name for name in rows.columns if name not in _FIRST]
        table(rows.select(*_FIRST, *rest), "translators", _TRANSLATORS, first=_FIRST)
    with section("Do pairs have equal logits, and a ratio beyond their controls?"):
        drawn = frame.read("controls")
        left, right = st.columns(2, gap="large")
        with left:
            show(charts.logits(drawn, frame.palette))
        with right:
            show(charts.controls(drawn, frame.palette))
        proofs = frame.read("proofs")
        rest = proofs.drop(_PROVEN).columns
        table(proofs.select(*_PROVEN, *rest), "null-space-proofs", _PROOFS, first=_PROVEN)
    with section("What remains of a feature without each part?"):
        st.caption(
            "Null removal beside its complement (only what the head cannot see is kept), plain and "
            "with the part's mean left in. A sample of at most 500 images."
        )
        rows = frame.read("removals").with_columns(pl.col("removal").replace(_LEFT_OUT))
        table(rows, "removals", _REMOVALS)
    with section("What is the truth, where it is known?"):
        _truth(frame)
    with section("Does null energy tell strange pictures?"):
        found = frame.read("occupancy")
        if found.is_empty():
            st.info("This study names no `[out_of_distribution]` pictures.")
        else:
            table(found, "occupancy")
    with section("Which pictures should one be wary of?"):
        flagged = frame.read("flagged")
        if flagged.is_empty():
            st.success("None: no picture is blank, a copy, or under two classes.")
        else:
            _flagged(frame, flagged)
    with section("Which files were refused or passed over?"):
        refused = frame.read("rejected")
        if refused.is_empty():
            st.success("None: every file of the study was read as a picture.")
        else:
            table(refused, "rejected-images")
    with section("Which checks did these results pass?"):
        for name, what in warehouse().checks().items():
            st.markdown(f":material/check: **{name}**: {what}")
        st.caption("A run is published only if all of them hold; else nothing changes.")


def _flagged(frame: Frame, flagged: pl.DataFrame) -> None:
    counts = flagged.group_by("flag").len().sort("len", descending=True)
    st.markdown("\n".join(f"- {n:,} {_FLAGS.get(flag, flag)}" for flag, n in counts.iter_rows()))
    kind = choices.segments("Look at", "flag", counts["flag"].to_list())
    some = flagged.filter(pl.col("flag") == kind)
    caption = f"The first {min(_SHOWN, len(some))} of {len(some):,}, by their path."
    gallery(frame, some.head(_SHOWN), caption)
    st.caption(
        "Scores are over all pictures; `images.leave_out` in the study leaves flagged ones out."
    )
    table(flagged.drop("sha256"), "flagged")


#: Pictures of a flag that are shown.
_SHOWN = 12

_FLAGS = {
    "label_conflict": "lie under several classes with the same bytes: their class is not known",
    "copy": "are copies of a picture of their class: they count twice",
    "blank": "hardly show anything in the middle: their scores are those of one color",
}


def _agreement(frame: Frame) -> None:
    found = frame.read("translator_agreement")
    if found.is_empty() or found["pearson"][0] is None:
        st.caption(
            "With three models or more, the accuracy of linear heads on principal features is "
            "correlated with that on translated ones, as the paper does (0.972 over its models)."
        )
        return
    row = found.row(0, named=True)
    st.markdown(
        f"Linear heads on principal features and on translated ones agree about the models: "
        f"Pearson correlation **{row['pearson']:.3f}** over {row['n_models']} models (p = "
        f"{row['p_value']:.2g}; the paper has 0.972 over its models)."
    )


def _truth(frame: Frame) -> None:
    rows = frame.read("counterfactuals")
    if rows.is_empty():
        st.info(
            "Only drawn scenes have a known truth: `sing demo`, then `sing validate`, measures it."
        )
        return
    show(charts.truth(rows, frame.palette))
    found = frame.read("score_validation")
    if not found.is_empty():
        truths = found["truth"].unique().sort().to_list()
        show(charts.rankings(found, choices.select("Truth", "truth", truths, "null_share")))
    table(rows, "counterfactuals")


#: What is looked for first.
_FIRST = ("model", "top1_space", "top1_translated", "top1_translated_principal", "cosine_mean",
    "r2_weighted", "n_fit", "n_holdout",)  # fmt: skip

_TRANSLATORS = {
    "cosine_mean": number("cosine", "Held-out, mean."),
    "top1_space": number("top-1 space"),
    "top1_translated": number("top-1 translated"),
    "top1_translated_principal": number("top-1 without null"),
    "r2_weighted": number("R²", "Held-out, of the space's own variance."),
    "n_fit": number("fitted on", "Pictures.", 0),
    "n_holdout": number("held out", "Pictures.", 0),
    "ridge_lambda": st.column_config.NumberColumn("ridge λ", format="%.2e"),
}

#: What the kinds of removal are, in words.
_LEFT_OUT = {
    "null": "the null part",
    "null_centered": "the null part but its mean",
    "principal": "what the head sees",
    "principal_centered": "what the head sees but its mean",
}

_REMOVALS = {
    "removal": "without",
    "n": number("images", digits=0),
    "abs_as_median_deg": degrees("median |AS|"),
    "is_median_deg": degrees("median IS"),
    "is_as_ratio": number("IS/|AS|"),
    "ratio_ci_low": number("95 % from"),
    "ratio_ci_high": number("to"),
    "logit_l2_median": st.column_config.NumberColumn("logit change (L2)", format="%.2e"),
    "flipped_share": number("predictions changed", "Share of images."),
}

_SMALL = {
    name: st.column_config.NumberColumn(format="%.2e")
    for name in ("orthonormality", "null_leak", "logit_proof_max_abs", "logit_drift_q99",
                 "logit_drift_max", "kl_mean", "sigma_next")
}  # fmt: skip
#: What is looked for first: whether logits stay.
_PROVEN = (
    "model", "null_mode", "n_features", "n_classes", "rank", "null_dim", "sigma_rank", "sigma_gap",
    "logit_drift_max",
)  # fmt: skip

_PROOFS = {
    **_SMALL,
    "null_mode": "null space",
    "n_features": number("features", digits=0),
    "n_classes": number("classes", digits=0),
    "rank": number("rank", digits=0),
    "null_dim": number("null dimensions", digits=0),
    "logit_drift_max": st.column_config.NumberColumn("largest change of a logit", format="%.1e"),
    "sigma_max": number("σ max", digits=3),
    "sigma_rank": number("σ rank", "Smallest that counts.", 3),
    "sigma_gap": number("σ gap", "Below 10 the rank is uncertain.", 1),
}
