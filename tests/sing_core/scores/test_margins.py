import numpy as np
import pytest
from scipy import stats

from sing_core.geometry.angles import angle_deg
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.subspaces import Subspace
from sing_core.scores.margins import MarginScorer, MarginSums, margin_deg
from sing_core.statistics.jackknife import BLOCKS
from tests.sing_core.scores.labeled_world import made


def test_margin_by_hand():
    angles = np.array([[10.0, 40.0, 70.0], [50.0, 20.0, 40.0]])

    margin = margin_deg(angles, np.array([0, 2]))

    np.testing.assert_allclose(margin, [(40 + 70) / 2 - 10, (50 + 20) / 2 - 40])


def test_the_parts_about_the_mean_are_the_definitions():
    features, *_, head, translator, texts = made()
    mean = features.mean(axis=0)
    whole, without_null, without_principal = MarginScorer(
        Subspace.null_of(head), translator, mean, texts
    ).angles_deg(features)

    null = (features - mean) @ head.null @ head.null.T
    principal = (features - mean) @ head.principal @ head.principal.T
    for angles, left in (
        (whole, features),
        (without_null, features - null),
        (without_principal, features - principal),
    ):
        z = left @ translator.weight.T + translator.bias
        np.testing.assert_allclose(angles, angle_deg(z[:, None], texts[None]), atol=1e-4)


def test_the_part_without_null_has_the_logits_of_null_removal_but_for_a_constant():
    features, *_, head, _, _ = made()
    weight = np.random.default_rng(0).normal(size=(3, 5)) @ head.principal.T[:5]
    mean = features.mean(axis=0)

    about_mean = features - (features - mean) @ head.null @ head.null.T

    np.testing.assert_allclose(about_mean @ weight.T, remove_null(features, head) @ weight.T)


def parts_of(features, head, translator, texts):
    null = Subspace.null_of(head)
    return MarginScorer(null, translator, features.mean(axis=0), texts).angles_deg(features)


def test_margins_are_means_however_they_are_batched():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    at_once, in_pieces = MarginSums(4), MarginSums(4)

    at_once.add(*parts, value, block)
    for start in range(0, len(value), 71):
        piece = slice(start, start + 71)
        in_pieces.add(*(part[piece] for part in parts), value[piece], block[piece])

    whole, left, kept = (margin_deg(part, value).mean() for part in parts)
    result = at_once.result()
    assert result["n"] == 300
    assert result["margin_deg"] == pytest.approx(whole)
    assert result["margin_lost_deg"] == pytest.approx(whole - left)
    assert result["margin_kept_by_null_deg"] == pytest.approx(kept)
    assert result["margin_without_null_deg"] == pytest.approx(left)
    assert in_pieces.result() == pytest.approx(result)


def test_margins_of_each_value_are_those_of_its_images():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    sums = MarginSums(5)  # a fifth value that no image has
    five = [np.pad(part, ((0, 0), (0, 1)), constant_values=90.0) for part in parts]
    sums.add(*five, value, block)

    found = sums.by_value()

    margins = margin_deg(five[0], value)
    for v in range(4):
        assert found["margin_deg"][v] == pytest.approx(margins[value == v].mean())
    assert found["n"].tolist() == [*np.bincount(value), 0]
    assert np.isnan(found["margin_deg"][4])


def test_the_interval_of_a_margin_is_a_jackknife_over_blocks():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    sums = MarginSums(4)
    sums.add(*parts, value, block)
    margins = margin_deg(parts[0], value)

    result = sums.result()

    without = [margins[block != b].mean() for b in range(BLOCKS)]
    error = np.sqrt((BLOCKS - 1) * np.var(without))
    reach = stats.t.ppf(0.975, BLOCKS - 1) * error
    assert result["margin_ci_low_deg"] == pytest.approx(margins.mean() - reach)
    assert result["margin_ci_high_deg"] == pytest.approx(margins.mean() + reach)


def test_an_image_without_a_direction_is_left_out_of_margins():
    angles = np.array([[10.0, 40.0], [np.nan, np.nan]])
    sums = MarginSums(2)

    sums.add(angles, angles, angles, np.array([0, 1]), np.array([0, 1]))

    assert sums.result()["n"] == 1
    assert sums.result()["margin_deg"] == 30
    assert np.isnan(sums.result()["margin_ci_low_deg"])  # one block tells no spread


def test_a_group_of_one_text_has_no_margin():
    assert np.isnan(margin_deg(np.array([[10.0]]), np.array([0]))).all()
