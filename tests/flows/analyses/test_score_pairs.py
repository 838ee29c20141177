"""Published scores of pairs against a recomputation that shares no code with the product."""

import numpy as np
import pytest
from scipy import stats

#: Degrees. The phrases' angles are stored as float32, good to 8e-6 near 90.
TOLERANCE_DEG = 1e-4


def approx(value, **options):
    return pytest.approx(value, abs=TOLERANCE_DEG, **options)


def test_there_is_something_to_compare(oracle, recomputed):
    assert oracle.models == ["res", "byob"] or set(oracle.models) == {"res", "byob"}
    assert len(oracle.images) == 70
    assert all(np.std([s["as_deg"] for s in m.values()]) > 0.1 for m in recomputed.values())


def test_image_scores(made_once, recomputed):
    rows = made_once.rows("from latest.image_scores")

    assert len(rows) == 140
    for row in rows:
        truth = recomputed[row["model"]][row["image_id"]]
        for name in ("as_deg", "is_deg", "angle_original_deg", "angle_equivalent_deg"):
            assert row[name] == approx(truth[name])
        assert row["null_energy"] == pytest.approx(truth["null_energy"], abs=1e-9)
        assert row["max_abs_logit_drift"] == pytest.approx(0, abs=1e-10)
        assert truth["max_abs_logit_drift"] == pytest.approx(0, abs=1e-10)
        assert row["class_index"] == truth["class_index"]
        names = ["apple", "boat", "cat", "drum", "eel"]
        index = truth["predicted_index"]
        expected = names[index] if row["model"] == "byob" else f"class {index}"
        assert row["predicted_class"] == expected


def test_image_concept_scores(made_once, recomputed):
    rows = made_once.rows("from latest.image_concept_scores")

    assert len(rows) == 2 * 70 * 5
    for row in rows:
        original, shift = recomputed[row["model"]][row["image_id"]]["concepts"][row["concept_id"]]
        assert row["angle_original_deg"] == approx(original)
        assert row["as_deg"] == approx(shift)


def test_concept_scores(made_once, recomputed):
    rows = made_once.rows("from latest.concept_scores")

    assert len(rows) == 2 * 5 * 5
    for row in rows:
        pairs = np.array([
            s["concepts"][row["concept_id"]]
            for s in recomputed[row["model"]].values() if s["class_index"] == row["class_index"]
        ])  # fmt: skip
        assert row["n"] == len(pairs) == 14
        assert row["angle_original_mean_deg"] == approx(pairs[:, 0].mean())
        assert row["angle_equivalent_mean_deg"] == approx((pairs[:, 0] - pairs[:, 1]).mean())
        assert row["as_mean_deg"] == approx(pairs[:, 1].mean())
        assert row["as_sd_deg"] == approx(pairs[:, 1].std(ddof=1))


def test_class_scores(made_once, recomputed):
    rows = made_once.rows("from latest.class_scores")

    assert len(rows) == 2 * 5
    for row in rows:
        mine = [s for s in recomputed[row["model"]].values()
                if s["class_index"] == row["class_index"]]  # fmt: skip
        as_deg = np.array([s["as_deg"] for s in mine])
        is_deg = np.array([s["is_deg"] for s in mine])
        assert row["n"] == 14
        assert row["abs_as_mean_deg"] == approx(np.abs(as_deg).mean())
        assert row["abs_as_median_deg"] == approx(np.median(np.abs(as_deg)))
        assert row["as_mean_deg"] == approx(as_deg.mean())
        assert row["as_sd_deg"] == approx(as_deg.std(ddof=1))
        assert row["is_mean_deg"] == approx(is_deg.mean())
        assert row["is_median_deg"] == approx(np.median(is_deg))
        low, high = row["abs_as_ci_low_deg"], row["abs_as_ci_high_deg"]
        assert np.abs(as_deg).min() <= low <= row["abs_as_median_deg"] <= high
        assert high <= np.abs(as_deg).max()


def test_model_scores(made_once, oracle, recomputed):
    rows = made_once.rows("from latest.model_scores")

    assert len(rows) == 2
    for row in rows:
        mine = recomputed[row["model"]].values()
        as_deg = np.array([s["as_deg"] for s in mine])
        is_deg = np.array([s["is_deg"] for s in mine])
        ratio = np.median(is_deg) / np.median(np.abs(as_deg))
        assert (row["n"], row["n_undefined"]) == (70, 0)
        assert row["as_mean_deg"] == approx(as_deg.mean())
        assert row["as_sd_deg"] == approx(as_deg.std(ddof=1))
        assert row["abs_as_median_deg"] == approx(np.median(np.abs(as_deg)))
        assert row["is_mean_deg"] == approx(is_deg.mean())
        assert row["is_sd_deg"] == approx(is_deg.std(ddof=1))
        assert row["is_median_deg"] == approx(np.median(is_deg))
        assert row["as_is_correlation"] == approx(np.corrcoef(as_deg, is_deg)[0, 1])
        assert row["is_as_ratio"] == pytest.approx(ratio, rel=1e-6)
        assert row["median_of_ratios"] == pytest.approx(
            np.median(is_deg / np.abs(as_deg)), rel=1e-6
        )
        assert row["ratio_ci_low"] < ratio < row["ratio_ci_high"]
        assert row["null_dim"] == {"res": 96 - 40, "byob": 256 - 5}[row["model"]]
        energy = np.mean([s["null_energy"] for s in mine])
        assert row["null_energy_mean"] == pytest.approx(energy, abs=1e-9)
        assert row["control_ratio"] == pytest.approx(oracle.control_ratio(row["model"]), rel=1e-6)


def test_image_ranks(made_once, recomputed):
    for row in made_once.rows("from latest.image_ranks where model = 'byob'"):
        scores = recomputed["byob"]
        mine = scores[row["image_id"]]
        alike = [s for s in scores.values() if s["class_index"] == mine["class_index"]]
        for name, column in (("abs_as_percentile", "as_deg"), ("is_percentile", "is_deg")):
            values = [abs(s[column]) for s in alike]
            expected = stats.percentileofscore(values, abs(mine[column]), kind="mean")
            assert row[name] == pytest.approx(expected)
        fit = [s["null_energy"] for s in scores.values() if s["split"] == "fit"]
        expected = stats.percentileofscore(fit, mine["null_energy"], kind="weak")
        assert row["energy_percentile"] == pytest.approx(expected)


def test_variance_and_drift_of_the_null_space(made_once, steps):
    for model, mine in steps.items():
        (row,) = made_once.rows(f"from latest.model_scores where model = '{model}'")
        centered = np.array([mine.features[i] for i in mine.ids]) - mine.mean
        share = np.square(centered @ mine.null).sum() / np.square(centered).sum()
        assert row["null_variance_share"] == pytest.approx(share, abs=1e-9)
        assert row["logit_drift_max"] < 1e-10
        assert row["logit_drift_q99"] <= row["logit_drift_max"]
        assert row["kl_mean"] < 1e-12
        assert row["flipped_share"] == 0
