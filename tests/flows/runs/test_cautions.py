import re

import pytest

from flows.runs.cautions import cautions

DESCRIBED = {"null_dim": 200, "n_features": 1000, "null_mode": "exact", "null_rule": "r"}


FITTED = {"r2_weighted": 0.5, "top1_space": 0.9, "top1_translated": 0.8}


FIGURES = {
    "n": 1000, "excess_ci_low": 1.2, "excess_ci_high": 1.4, "flipped_share": 0.0,
    "logit_drift_q99": 1e-6,
}  # fmt: skip


def test_sound_figures_need_no_caution():
    assert list(cautions(DESCRIBED, FITTED, FIGURES)) == []


@pytest.mark.parametrize(
    ("described", "fitted", "figures", "words"),
    [
        ({"null_dim": 20}, {}, {}, "2.0% of the dimensions"),
        ({}, {"r2_weighted": 0.2}, {}, "it explains 20% of the embedding"),
        ({}, {"top1_translated": 0.3}, {}, "class of 30% of held-out .* of 90%"),
        ({}, {}, {"n": 150}, "few pictures: 150"),
        ({}, {}, {"excess_ci_low": 0.9}, "not told from that of a step in a random direction"),
        ({}, {}, {"flipped_share": 0.01}, "changes 1.00% of the predictions"),
    ],
)  # fmt: skip
def test_each_weakness_is_a_sentence(described, fitted, figures, words):
    (said,) = cautions(DESCRIBED | described, FITTED | fitted, FIGURES | figures)

    assert re.search(words, said)


def test_what_is_not_known_is_no_weakness():
    unknown = {"r2_weighted": None, "top1_space": None, "top1_translated": None}

    assert list(cautions(DESCRIBED, unknown, FIGURES)) == []
