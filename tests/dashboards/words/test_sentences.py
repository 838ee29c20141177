"""One sentence, three ways to write it: names keep all their signs, and nothing else is a sign."""

import re
from html import escape

import pytest

from dashboards.report.html import HTML
from dashboards.words import sentences
from dashboards.words.markdown import MARKDOWN, PLAIN, Writer, literal
from dashboards.words.sentences import (
    common_shift,
    common_shifts,
    leak,
    looks,
    ordinal,
    own_shift,
    ratio,
    shift,
    turn,
)

SHIFT = {
    "class_name": "ring", "phrase": "a red shape", "as_mean_deg": -2.104, "as_ci_low_deg": -2.5,
    "as_ci_high_deg": -1.7, "control_as_mean_deg": 0.3, "differs_from_control": False,
}  # fmt: skip
OWN = SHIFT | {
    "own_as_mean_deg": -0.234, "own_ci_low_deg": -0.4, "own_ci_high_deg": -0.05,
    "control_own_as_mean_deg": 0.02, "own_differs_from_control": True, "common_as_mean_deg": 2.07,
    "common_ci_low_deg": 1.9, "common_ci_high_deg": 2.2, "control_common_as_mean_deg": 0.3,
    "common_differs_from_control": False,
}  # fmt: skip
LEAK = {
    "class_name": "ring", "n": 625, "abs_as_median_deg": 14.632, "abs_as_ci_low_deg": 13.84,
    "abs_as_ci_high_deg": 16.11, "of_all_deg": 5.114, "rank": 1, "rank_ci_low": 1,
    "rank_ci_high": 3,
}  # fmt: skip
TURN = {
    "source_class": "ring", "target_class": "bolt", "as_mean_deg": 35.64, "as_sd_deg": 0.7,
    "target_is_deg": 40.0, "n": 10, "n_reached": 9, "null_mode": "approx",
    "epsilon_over_null_mean": 2.34, "control_as_mean_deg": 38.1,
}  # fmt: skip
RATIO = {
    "is_as_ratio": 2.688, "ratio_excess": 0.32, "excess_ci_low": 0.311, "excess_ci_high": 0.329,
}  # fmt: skip
GROUP = {
    "concept_group": "size", "unseen_share": 0.8168, "unseen_ci_low": 0.7995,
    "unseen_ci_high": 0.834, "null_variance_share": 0.6306, "unseen": True,
}  # fmt: skip


def about(name, writer):
    """Every sentence that says a name."""
    return [
        shift(SHIFT | {"class_name": name, "phrase": name}, writer),
        own_shift(OWN | {"class_name": name, "phrase": name}, writer),
        common_shift(OWN | {"phrase": name}, writer),
        common_shifts([OWN | {"phrase": name}], writer),
        leak(LEAK | {"class_name": name}, 16, writer),
        turn(TURN | {"source_class": name, "target_class": name}, writer),
        looks([GROUP | {"concept_group": name}], writer),
    ]


def test_ordinals():
    numbers = [1, 2, 3, 4, 11, 12, 13, 21, 72.6, 100, 101, 111]

    assert " ".join(ordinal(n) for n in numbers) == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 73rd 100th 101st 111th"
    )


def test_a_shift_says_way_size_interval_and_doubt():
    assert shift(SHIFT, PLAIN) == (
        "ring images move away from “a red shape” by 2.10° (1.70 to 2.50, random step -0.30), "
        "which does not differ from its control."
    )
    assert shift(SHIFT | {"as_mean_deg": 2.1, "differs_from_control": True}) == (
        "*ring* images move towards *a red shape* by **2.10°** (-2.50 to -1.70, random step 0.30)."
    )


def test_an_own_shift_leads_and_says_what_all_classes_share():
    assert own_shift(OWN, PLAIN) == (
        "ring images move away from “a red shape” by 0.23° of their own (0.05 to 0.40, random step "
        "-0.02), beside 2.07° the other way that all classes share."
    )
    doubtful = own_shift(OWN | {"own_ci_low_deg": None, "own_differs_from_control": False})
    assert "(random step -0.02), which **does not differ from its control**, beside" in doubtful
    assert "beside 2.07° that all" in own_shift(OWN | {"own_as_mean_deg": 0.5})
    assert own_shift(OWN | {"own_as_mean_deg": None}, PLAIN) == shift(SHIFT, PLAIN)


def test_what_all_classes_share_is_said_by_phrase_and_by_way():
    assert common_shift(OWN, PLAIN) == (
        "all classes share a move towards “a red shape” by 2.07° (1.90 to 2.20, random step 0.30), "
        "which does not differ from its control."
    )
    away = OWN | {"common_as_mean_deg": -1.0, "common_ci_low_deg": -1.5, "common_ci_high_deg": -0.5}
    assert common_shifts([OWN, away], PLAIN) == (
        "images of all classes move towards “a red shape” by 2.07° (1.90 to 2.20, random step "
        "0.30), away from “a red shape” by 1.00° (0.50 to 1.50, random step -0.30), whatever they "
        "show."
    )


def test_a_leak_says_size_interval_and_place():
    assert leak(LEAK, 16, PLAIN) == (
        "ring images leak 14.6° (13.8 to 16.1), the median |AS| of 625; of all images it is 5.11°. "
        "Place 1 of 16 (1 to 3 in 95 % of resamples)."
    )


def test_what_is_unknown_is_left_out():
    none = dict.fromkeys(("abs_as_ci_low_deg", "abs_as_ci_high_deg", "rank_ci_low"))

    assert leak(LEAK | none, 16, PLAIN) == (
        "ring images leak 14.6°, the median |AS| of 625; of all images it is 5.11°. Place 1 of 16."
    )
    assert ", sd" not in turn(TURN | {"as_sd_deg": None})


def test_a_turn_says_what_stays_and_how_many_images_it_is_about():
    assert turn(TURN) == (
        "*ring* images can be turned towards *bolt* by **35.6°** with nearly the same logits (a "
        "step of IS 40°, sd 0.7°, 9 of 10 images). It takes a step of 2.3 typical null parts; as "
        "long a step outside turns them by 38.1°."
    )
    assert turn(TURN | {"epsilon_over_null_mean": None}).endswith("9 of 10 images).")
    assert set(sentences.KEPT) == {"exact", "softmax", "approx", "classes"}


@pytest.mark.parametrize(("excess", "holds"), [(0.32, "more"), (1.26, "less")])
def test_a_ratio_says_what_it_means(excess, holds):
    assert ratio(RATIO | {"ratio_excess": excess}, PLAIN) == (
        f"the null space holds {holds} of the class than a random direction: IS / |AS| is 2.7, "
        f"{excess} times that of a random step (0.31 to 0.33)."
    )


def test_groups_of_one_side_are_one_sentence():
    seen = [GROUP | {"concept_group": f"g{i}", "unseen": False} for i in range(7)]

    assert looks([GROUP], PLAIN) == (
        "more than other differences between images, the head overlooks size (82 %, 80 to 83): so "
        "much of what changes with them alone is in the null space, of all variance 63 %."
    )
    assert "the head sees g0 (82 %, 80 to 83), g1 (" in looks(seen, PLAIN)
    assert "and 2 more: so much" in looks(seen, PLAIN)


#: Names that a folder may have, and that each way of writing could take for something else.
NAMES = ["a*b*", "**c**", "_d_ <i>e</i> & f", "Click here", "[g](http://h)", "`i`", "  j\n# k "]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_keeps_its_signs(name):
    shown = " ".join(name.split())

    for sentence in about(name, PLAIN):
        assert shown in sentence
    for sentence in about(name, HTML):
        assert f"<i>{escape(shown)}</i>" in sentence
    for sentence in about(name, MARKDOWN):
        assert f"*{literal(shown)}*" in sentence
        assert shown in re.sub(r"\\(.)", r"\1", sentence)


def test_our_own_words_mean_the_same_however_they_are_written():
    bare = Writer(name=lambda _: "", phrase=lambda _: "", strong=str)

    for sentence in [*about("x", bare), ratio(RATIO, bare)]:
        assert escape(sentence, quote=False) == sentence
        assert not re.search(r"[*_`\[\]#~$<>\\]", sentence), sentence
