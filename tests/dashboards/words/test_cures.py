"""Sentences about readouts and cures, from rows by hand."""

from dashboards.words.cures import cure_figures, cured
from dashboards.words.markdown import PLAIN
from dashboards.words.readouts import matters, readout

ROW = {
    "model": "net", "kind": "blind", "concept_group": "color", "rank": None,
    "accuracy_before": 0.156, "accuracy_after": 0.3205, "gain": 0.1645, "gain_ci_low": 0.147,
    "gain_ci_high": 0.181, "group_seen_before": 0.9935, "group_seen_after": 0.113,
}  # fmt: skip


def test_blinding_is_said_with_what_is_still_read():
    assert cured(ROW, PLAIN) == (
        "Made blind to color, net's head names 32 % of the held-out pictures right, 16 % before: "
        "16 points (15 to 18); a line reads that off its logits of 11 % of them, of 99 % before."
    )
    assert cured(ROW | {"group_seen_after": None}, PLAIN).endswith("16 points (15 to 18).")


def test_seeing_says_how_many_directions_and_no_minus_zero():
    row = ROW | {"kind": "see", "rank": 1.0, "gain": 0.001, "gain_ci_low": -0.003}

    assert cured(row, PLAIN) == (
        "Let net's head see 1 direction of its null space, and it names 32 % of the held-out "
        "pictures right, 16 % before: 0 points (0 to 18)."
    )


def test_figures_that_are_not_known_have_no_row():
    names = ("calibration", "class_seen", "null_dim", "class_share", "group_share")
    row = ROW | {f"{name}_{when}": 0.5 for name in names for when in ("before", "after")}
    row |= {f"{n}_{w}_deg": None for n in ("abs_as", "is") for w in ("before", "after")}

    told = {one["figure"]: (one["before"], one["after"]) for one in cure_figures(row)}

    assert told["group read off the logits"] == (0.9935, 0.113)
    assert "median IS (°)" not in told


READ = {
    "model": "net", "null_accuracy": 0.377, "null_ci_low": 0.356, "null_ci_high": 0.398,
    "headroom": 0.244, "headroom_ci_low": 0.2206, "headroom_ci_high": 0.267, "warning": None,
    "head_accuracy": 0.156, "principal_accuracy": 0.347, "null_gain": 0.05,
    "null_gain_ci_low": 0.03, "null_gain_ci_high": 0.07, "differs": True,
}  # fmt: skip


def test_a_readout_says_what_a_new_head_would_gain():
    assert readout(READ, PLAIN) == (
        "off what the head does not see, a line names the class of 38 % (36 to 40) of held-out "
        "pictures; a new head on all features would gain 24 points (22 to 27) over its own 16 %."
    )
    other = READ | {"headroom": None, "warning": "thin: 9 pictures to fit 20 features"}
    assert readout(other, PLAIN).endswith(
        "with it a new head would gain 5 points (3 to 7) over the 35 % that one names by what the "
        "head sees (thin: 9 pictures to fit 20 features)."
    )


def test_the_answer_names_whom_it_matters_for_most_or_nobody():
    assert matters([READ, READ | {"model": "two"}], PLAIN) == (
        "It matters most for net: off what the head does not see, a line names the class of 38 % "
        "(36 to 40) of held-out pictures; a new head on all features would gain 24 points (22 to "
        "27) over its own 16 %; 1 more model would gain, too."
    )
    same = [
        READ | {"differs": False},
        READ | {"model": "b", "differs": False, "null_accuracy": 0.9},
    ]
    assert matters(same, PLAIN) == (
        "A new head would name the classes no better than the old ones do, although a line reads "
        "90 % of held-out pictures off what b's head does not see."
    )
    assert matters([], PLAIN) == ""


def test_nothing_is_said_of_an_old_head_that_has_other_classes():
    other = READ | {"headroom": None, "head_accuracy": None, "differs": False}

    assert matters([other], PLAIN) == (
        "A new head would name the classes no better with what the old ones do not see than "
        "without it, although a line reads 38 % of held-out pictures off what net's head does not "
        "see."
    )
