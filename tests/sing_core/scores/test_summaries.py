import numpy as np
import pytest
from scipy import stats

from sing_core.scores.concept_summary import ConceptSummary
from sing_core.scores.summaries import (
    class_summary,
    energy_percentile,
    model_summary,
    place_in_class,
    what_removal_does,
)


def test_classes_by_hand():
    as_deg = np.array([1.0, -3.0, 2.0, 5.0, np.nan])
    is_deg = np.array([4.0, 6.0, 2.0, 9.0, np.nan])

    rows = class_summary(np.array([2, 2, 2, 7, 7]), as_deg, is_deg, draws=100, seed=0).to_dicts()

    assert [row["class_index"] for row in rows] == [2, 7]
    assert [row["n"] for row in rows] == [3, 1]
    assert rows[0]["abs_as_mean_deg"] == pytest.approx(2)
    assert rows[0]["abs_as_median_deg"] == pytest.approx(2)
    assert rows[0]["as_mean_deg"] == pytest.approx(0)
    assert rows[0]["as_sd_deg"] == pytest.approx(np.std([1, -3, 2], ddof=1))
    assert (rows[0]["is_mean_deg"], rows[0]["is_median_deg"]) == (4, 4)
    assert rows[0]["abs_as_ci_low_deg"] <= 2 <= rows[0]["abs_as_ci_high_deg"]
    assert rows[1]["as_sd_deg"] is None
    assert [row["rank"] for row in rows] == [2, 1]


def test_a_model_by_hand():
    as_deg = np.array([1.0, -2.0, 4.0, np.nan])
    is_deg = np.array([10.0, 12.0, 8.0, np.nan])
    energy = np.array([0.1, 0.2, 0.3, np.nan])

    row = model_summary(
        np.array([0, 0, 1, 1]), as_deg, is_deg, energy, 2 * as_deg, is_deg, draws=100, seed=0
    )

    assert (row["n"], row["n_undefined"]) == (3, 1)
    assert row["abs_as_median_deg"] == 2
    assert row["is_median_deg"] == 10
    assert row["is_as_ratio"] == 5
    assert row["median_of_ratios"] == 6
    assert row["null_energy_mean"] == pytest.approx(0.2)
    assert row["as_is_correlation"] == pytest.approx(np.corrcoef([1, -2, 4], [10, 12, 8])[0, 1])
    assert row["ratio_ci_low"] <= 5 <= row["ratio_ci_high"]
    assert row["control_ratio"] == 2.5
    assert (row["ratio_excess"], row["excess_ci_low"], row["excess_ci_high"]) == (2, 2, 2)


def test_nothing_defined_is_nothing_known():
    nothing = np.array([np.nan])

    row = model_summary(np.array([0]), *[nothing] * 5, draws=100, seed=0)

    assert (row.pop("n"), row.pop("n_undefined")) == (0, 1)
    assert np.isnan(list(row.values())).all()


def test_concepts_in_batches_are_as_in_one_piece(rng):
    classes = rng.integers(0, 4, 50) * 2  # odd classes have no image
    original, equivalent = rng.normal(80, 5, (50, 3)), rng.normal(80, 5, (50, 3))
    control = original + rng.normal(0, 4, (50, 3))
    original[11] = np.nan
    summary = ConceptSummary(8, 3)

    for part in np.array_split(np.arange(50), 6):
        summary.add(classes[part], original[part], equivalent[part], control[part])
    result = summary.result()

    for i, (c, k) in enumerate(zip(result["class_index"], result["concept_id"], strict=True)):
        mine = (classes == c) & np.isfinite(original[:, k])
        shift = (original - equivalent)[mine, k]
        assert result["n"][i] == mine.sum()
        assert result["angle_original_mean_deg"][i] == pytest.approx(original[mine, k].mean())
        assert result["angle_equivalent_mean_deg"][i] == pytest.approx(equivalent[mine, k].mean())
        assert result["as_mean_deg"][i] == pytest.approx(shift.mean())
        assert result["as_sd_deg"][i] == pytest.approx(shift.std(ddof=1))
        elsewhere = (original - control)[mine, k]
        low, high = stats.t.interval(0.95, len(shift) - 1, shift.mean(), stats.sem(shift))
        assert result["as_ci_low_deg"][i] == pytest.approx(low)
        assert result["as_ci_high_deg"][i] == pytest.approx(high)
        assert result["control_as_mean_deg"][i] == pytest.approx(elsewhere.mean())
        assert result["p_value"][i] == pytest.approx(stats.ttest_rel(shift, elsewhere).pvalue)
    adjusted = stats.false_discovery_control(result["p_value"])
    np.testing.assert_allclose(result["p_adjusted"], adjusted)
    assert sorted(set(result["class_index"])) == [0, 2, 4, 6]
    of = {name: values.reshape(4, 3) for name, values in result.items()}
    for part in ("as_mean_deg", "control_as_mean_deg"):
        mean = of[part].mean(axis=0)
        common, own = (part.replace("as_", f"{name}_as_") for name in ("common", "own"))
        np.testing.assert_allclose(of[common], [mean] * 4)
        np.testing.assert_allclose(of[own], of[part] - mean)
    adjusted = stats.false_discovery_control(result["own_p_value"])
    np.testing.assert_allclose(result["own_p_adjusted"], adjusted)
    adjusted = stats.false_discovery_control(of["common_p_value"][0])  # one a phrase
    np.testing.assert_allclose(of["common_p_adjusted"], [adjusted] * 4)


def test_a_movement_of_all_classes_is_common_and_that_of_one_its_own(rng):
    classes = np.repeat(np.arange(5), 40)
    original = rng.normal(80, 0.5, (200, 2))
    summary = ConceptSummary(5, 2)
    moved = np.array([3.0, 0.0]) + np.where(classes == 2, 2.0, 0.0)[:, None] * [0.0, 1.0]
    noise = rng.normal(0, 0.1, (2, 200, 2))

    summary.add(classes, original, original - moved + noise[0], original + noise[1])
    result = {name: values.reshape(5, 2) for name, values in summary.result().items()}

    assert result["common_as_mean_deg"][0] == pytest.approx([3.0, 0.4], abs=0.05)
    assert (result["common_p_adjusted"][0] < 1e-6).all()
    assert (result["own_p_adjusted"][:, 1] < 1e-6).all()  # of five classes, one moves the mean
    assert (np.abs(result["own_as_mean_deg"][:, 0]) < 0.1).all()
    assert result["own_as_mean_deg"][:, 1] == pytest.approx(
        [-0.4] * 2 + [1.6] + [-0.4] * 2, abs=0.1
    )


def test_places_in_a_class_by_hand():
    classes = np.array([0] * 12 + [1] * 3)
    as_deg = np.array([*np.arange(1.0, 12.0), -400.0, 3.0, -1.0, np.nan])
    is_deg = np.full(15, 5.0)

    places = place_in_class(classes, as_deg, is_deg)

    ranks = stats.rankdata(np.abs(as_deg[:12]))
    expected = 100 * (ranks - 0.5) / 12
    np.testing.assert_allclose(places["abs_as_percentile"][:12], expected)
    assert places["abs_as_percentile"][12:].to_list() == [75, 25, None]
    assert places["is_outlier"].to_list() == [False] * 11 + [True] + [False] * 3


def test_energy_percentiles_by_hand():
    energy = np.array([0.1, 0.2, 0.2, 0.4, 0.3, np.nan])
    is_fit = np.array([True, True, True, True, False, True])

    found = energy_percentile(energy, is_fit)

    np.testing.assert_allclose(found, [25, 75, 75, 100, 75, np.nan])


def test_what_removal_does_by_hand():
    drift = np.append(np.zeros(99), 10.0)

    found = what_removal_does(drift, drift / 20, drift > 0)

    assert found["logit_drift_max"] == 10
    assert found["logit_drift_q99"] == pytest.approx(0.1)  # a hundredth of the way to the last
    assert (found["kl_mean"], found["flipped_share"]) == pytest.approx((0.005, 0.01))


def test_one_image_has_a_ratio_and_no_interval():
    one = np.array([2.0])

    row = model_summary(np.array([0]), one, 3 * one, one, one, one, draws=100, seed=0)

    assert (row["n"], row["is_as_ratio"]) == (1, 3)
    ends = ("ratio_ci_low", "ratio_ci_high", "excess_ci_low", "excess_ci_high")
    assert np.isnan([row[name] for name in ends]).all()
