"""The answer of each page: from rows by hand to one sentence."""

from datetime import UTC, datetime

from dashboards.words import verdicts
from dashboards.words.markdown import PLAIN


def model(name, share, low, high, *, accuracy=0.9, excess=(1.2, 1.4), control=0.9):
    return {
        "model": name, "scored": True, "class_share": share, "class_share_ci_low": low,
        "class_share_ci_high": high, "feature_control_share": control, "accuracy": accuracy,
        "excess_ci_low": excess[0], "excess_ci_high": excess[1], "is_as_ratio": 5.0,
        "ratio_ci_low": 4.0, "ratio_ci_high": 6.0,
    }  # fmt: skip


def test_the_best_model_is_named_with_interval_control_and_accuracy():
    rows = [model("wide", 0.7, 0.6, 0.8), model("narrow", 0.17, 0.16, 0.18, accuracy=0.98)]

    assert verdicts.models(rows, PLAIN) == (
        "narrow has the least class meaning in its null space: 17 % (16 to 18) of what changes "
        "with the class lies there (a random subspace would hold 90 %); it names 98 % of the "
        "pictures right, the others 90 to 90 %; the ratio of each differs from a random step's."
    )


def test_models_whose_intervals_overlap_are_not_told_apart():
    rows = [
        model("a", 0.13, 0.12, 0.14, excess=(0.9, 1.1)), model("b", 0.12, 0.11, 0.125),
        model("c", 0.5, 0.4, 0.6),
    ]  # fmt: skip

    said = verdicts.models(rows, PLAIN)

    assert said.startswith(
        "b and a have the least class meaning in their null spaces and cannot be told apart: of b, "
        "12 % (11 to 12)"
    )
    assert said.endswith("1 of 3 models (a) does not differ from a random step.")
    alone = verdicts.models([model("a", 0.1, None, None, excess=(None, None))], PLAIN)
    assert alone.startswith("Class meaning in a's null space: 10 % of what changes")
    assert "not known" in alone


def test_without_shares_the_ratio_answers_and_without_scores_nothing():
    row = model("a", None, None, None) | {"feature_control_share": None}

    assert verdicts.models([row], PLAIN).startswith("a has the highest IS / |AS|: 5.00 (4.00 to 6")
    assert verdicts.models([row | {"scored": False}], PLAIN) == ""


def test_classes_count_those_above_all_images():
    rows = [
        {"model": "m", "class_name": name, "abs_as_median_deg": value, "abs_as_ci_low_deg": low,
         "abs_as_ci_high_deg": value + 1, "of_all_deg": 2.0}
        for name, value, low in (("ant", 12.0, 11.0), ("bee", 3.0, 1.9), ("cat", 1.0, None))
    ]  # fmt: skip

    assert verdicts.classes(rows, PLAIN) == (
        "By m, ant images leak most: median |AS| 12.0° (11.0 to 13.0), of all images 2.00°; 1 of 3 "
        "classes leak more than all images do."
    )
    assert verdicts.classes([], PLAIN) == ""


def test_concepts_say_what_is_shared_and_what_is_own():
    row = {"model": "m", "shared": 0.78, "n": 1000, "n_differ": 12}
    strongest = {
        "class_name": "ant", "phrase": "red", "own_as_mean_deg": -1.5, "own_ci_low_deg": -2.0,
        "own_ci_high_deg": -1.0,
    }  # fmt: skip

    assert verdicts.concepts(row, strongest, PLAIN) == (
        "By m, 78 % of what classes move by is the same for all of them; of what is a class's own, "
        "12 of 1,000 shifts differ from a random step, most ant images away from “red” (1.50°, "
        "1.00 to 2.00)."
    )
    assert verdicts.concepts(row, None, PLAIN).endswith("differ from a random step.")
    assert verdicts.concepts(row | {"shared": None}, strongest, PLAIN) == ""


def test_an_image_turns_so_far_and_its_logits_stay():
    row = {"class_name": "ant", "is_deg": 12.34, "as_deg": -0.4, "is_percentile": 71.2}
    moved = {"phrase": "red", "own_as_mean_deg": 2.0}

    assert verdicts.image(row, moved, PLAIN) == (
        "Without its null part this ant image turns by 12.3° (the 71st percentile of its class), "
        "0.40° away from its class; beside what all classes share, it moves most towards “red” "
        "(2.00°). Its logits stay."
    )


def test_steering_says_what_a_turn_takes():
    row = {
        "source_class": "ant", "target_class": "bee", "as_mean_deg": 31.0, "target_is_deg": 40.0,
        "null_mode": "exact", "epsilon_over_null_mean": 0.5, "control_as_mean_deg": 8.0,
    }  # fmt: skip
    rows = [row, row | {"target_class": "cat", "epsilon_over_null_mean": 0.25}]

    assert verdicts.steering(rows, "m", PLAIN) == (
        "With the same logits, m's pictures can be turned 31.0° towards another class (median of "
        "pairs, IS 40°), by a step of 0.38 typical null parts; as long a step outside turns them "
        "8.00°. Easiest: ant towards cat (0.25)."
    )
    assert verdicts.steering([row | {"epsilon_over_null_mean": None}], "m", PLAIN).endswith(
        "IS 40°)."
    )


def test_validation_says_the_weakest_translator_and_the_largest_drift():
    rows = [
        {"model": "a", "top1_translated": 0.9, "top1_space": 0.95},
        {"model": "b", "top1_translated": 0.3, "top1_space": 0.95},
    ]

    assert verdicts.validation(rows, 2e-14, 1200, PLAIN) == (
        "Translated features tell the class of 30 % of held-out pictures or more (b; the space "
        "itself of 95 %); null removal moves no logit by more than 2e-14; 1,200 pictures are to be "
        "looked at twice."
    )
    assert verdicts.validation([], None, 0, PLAIN) == "No picture is flagged."


def test_runs_are_counted_by_how_they_went():
    at = datetime(2026, 11, 28, 0, 12, tzinfo=UTC)
    rows = [
        {"study": "s", "status": status, "finished_at": at, "took_s": 95}
        for status in ("failed", "finished", "unfinished")
    ]

    assert verdicts.runs([*rows, rows[0] | {"study": "other"}], "s", PLAIN) == (
        "s ran 3 times, 1 finished and 1 failed; the newest finished 28 Nov 2026, 00:12 UTC after "
        "95 s."
    )
    assert verdicts.runs(rows[:1], "s", PLAIN) == ""
