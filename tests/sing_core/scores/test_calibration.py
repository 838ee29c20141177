"""Calibration errors that are known."""

import numpy as np
import pytest

from sing_core.scores.calibration import CalibrationSums


def logits_of(confidence):
    return np.column_stack([np.log(confidence / (1 - confidence)), np.zeros(len(confidence))])


def test_who_is_as_sure_as_right_has_no_error():
    sums = CalibrationSums()
    right = np.arange(1000) % 10 < 8
    for part in (slice(0, 300), slice(300, None)):
        sums.add(logits_of(np.full(1000, 0.8))[part], right[part])

    assert sums.error() == pytest.approx(0, abs=1e-12)


def test_errors_of_bins_weigh_by_their_pictures():
    sums = CalibrationSums()
    sums.add(logits_of(np.full(30, 0.95)), np.zeros(30, dtype=bool))  # wrong and sure
    sums.add(logits_of(np.full(10, 0.6)), np.ones(10, dtype=bool))

    assert sums.error() == pytest.approx(0.75 * 0.95 + 0.25 * 0.4)


def test_full_confidence_has_its_place():
    sums = CalibrationSums()
    sums.add(np.array([[900.0, 0.0]]), np.array([True]))

    assert sums.error() == pytest.approx(0)
