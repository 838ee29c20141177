"""Controls, removals, steering, neighbors and comparisons of models against the oracle."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.linear_model import Ridge

from flows.runs.parts import Parts
from flows.study.load import load_study
from tests.oracle.scores import angle, random_signs
from tests.oracle.steps import Steps
from tests.support.world import CLASSES


def approx(value):
    return pytest.approx(value, abs=1e-6)


@pytest.fixture(scope="module")
def steps(oracle):
    return {model: Steps(oracle, model) for model in ("res", "byob")}


def test_control_scores_against_a_direct_loop(made_once, steps):
    for model, mine in steps.items():
        expected = {("null", 0): mine.removals()["null"], **mine.controls(seed=0, draws=5)}
        rows = made_once.rows(f"from latest.control_scores where model = '{model}'")
        assert {(row["kind"], row["draw"]) for row in rows} == set(expected)
        for row in rows:
            for name, value in mine.medians(expected[row["kind"], row["draw"]]).items():
                assert row[name] == pytest.approx(value, abs=1e-6, rel=1e-6), (row["kind"], name)


def test_removal_scores(made_once, steps):
    for model, mine in steps.items():
        expected = mine.removals()
        for row in made_once.rows(f"from latest.removal_scores where model = '{model}'"):
            found = expected[row["removal"]]
            for name, value in mine.medians(found).items():
                assert row[name] == pytest.approx(value, abs=1e-6, rel=1e-6), name
            flipped = np.mean([s["flipped"] for s in found])
            assert row["flipped_share"] == pytest.approx(flipped)
            assert row["ratio_ci_low"] <= row["is_as_ratio"] <= row["ratio_ci_high"]


def test_excess_over_controls(made_once, steps):
    mine = steps["byob"]
    null = mine.medians(mine.removals()["null"])["is_as_ratio"]
    controls = mine.controls(seed=0, draws=5)
    for row in made_once.rows("from latest.control_excess where model = 'byob'"):
        ratios = [mine.medians(controls[row["kind"], draw])["is_as_ratio"] for draw in range(5)]
        excess = null / np.exp(np.mean(np.log(ratios)))
        assert row["ratio_excess"] == pytest.approx(excess, rel=1e-6)
        assert row["excess_ci_low"] < excess < row["excess_ci_high"]


def test_steering(made_once, oracle, steps):
    for model, mine in steps.items():
        rows = made_once.rows(f"from latest.steering where model = '{model}'")
        assert len(rows) == 5 * 10 * 5  # ten of each class's fourteen, towards every class
        assert {row["target"] for row in rows} == set(CLASSES)
        for row in rows:
            text = oracle.class_texts[CLASSES.index(row["target"])]
            step = mine.calibrated(row["image_id"], text, 40.0)
            assert row["reachable"] == (step is not None)
            if step is None:
                assert (row["epsilon"], row["as_deg"], row["is_deg"]) == (None, None, None)
                assert row["limit_deg"] <= 40
                continue
            f = mine.features[row["image_id"]]
            moved = f + row["epsilon"] * mine.direction(row["image_id"], text)
            found = mine.step(row["image_id"], moved, text)
            assert row["epsilon"] == pytest.approx(step, rel=1e-6)
            assert row["is_deg"] == pytest.approx(40, abs=1e-6)
            assert found["is_deg"] == pytest.approx(40, abs=1e-6)
            assert row["as_deg"] == pytest.approx(found["as_deg"], abs=1e-6)
            assert row["max_abs_logit_drift"] < 1e-6
            assert found["logit_l2"] < 1e-6


def test_class_confusion_and_curves(made_once, oracle, steps):
    steered = made_once.rows("from latest.steering where model = 'byob'")
    source = {i: CLASSES[index] for i, index, _ in oracle.images}
    confusion = made_once.rows("from latest.class_confusion where model = 'byob'")
    curves = made_once.rows("from latest.steering_curves where model = 'byob' and is_deg = 40")

    assert len(confusion) == 20
    assert len(curves) == 25
    for row in (*confusion, *curves):
        target = row.get("target_class") or row["target"]
        mine = [
            s
            for s in steered
            if source[s["image_id"]] == row["source_class"] and s["target"] == target
        ]
        reached = [s["as_deg"] for s in mine if s["reachable"]]
        assert row["n"] == len(mine) == 10
        assert row["reachable_share"] == pytest.approx(len(reached) / 10)
        if reached:
            assert row["as_mean_deg"] == pytest.approx(np.mean(reached))
        if len(reached) > 1:
            assert row["as_sd_deg"] == pytest.approx(np.std(reached, ddof=1))


def test_neighbors(made_once, oracle, recomputed):
    rows = made_once.rows("from latest.neighbors where model = 'res' order by neighbor_rank")
    assert len(rows) == 70 * 2 * 5
    for image_id, s in recomputed["res"].items():
        for side in ("original", "equivalent"):
            angles = {i: angle(s[side], z) for i, z in oracle.embeddings.items()}
            nearest = sorted(angles.values())[:5]
            mine = [r for r in rows if (r["image_id"], r["side"]) == (image_id, side)]
            assert [r["neighbor_rank"] for r in mine] == [1, 2, 3, 4, 5]
            np.testing.assert_allclose([r["angle_deg"] for r in mine], nearest, atol=1e-6)
            for r in mine:
                assert r["angle_deg"] == approx(angles[r["neighbor_image_id"]])


def test_class_order_correlations(made_once, recomputed):
    medians = {
        model: [
            np.median([abs(s["as_deg"]) for s in scores.values() if s["class_index"] == c])
            for c in range(5)
        ]
        for model, scores in recomputed.items()
    }
    expected = stats.spearmanr(medians["res"], medians["byob"])

    (row,) = made_once.rows("from latest.class_order_correlations")

    assert row["n"] == 5
    assert row["spearman"] == pytest.approx(expected.statistic)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["p_adjusted"] == pytest.approx(expected.pvalue)


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


def test_translator_heads_against_scikit_learn(made_once, oracle, steps):
    study = load_study(made_once.study)
    images = made_once.warehouse.query("from latest.images")
    parts = Parts.of(pl.DataFrame(images), study.translator)
    for model, mine in steps.items():
        (row,) = made_once.rows(f"from latest.translator_heads where model = '{model}'")
        principal = np.eye(len(mine.null)) - mine.null
        views = {
            "principal": lambda f, p=principal: p @ f,
            "translated": lambda f, p=principal, s=mine: s.space(p @ f),
        }
        for name, view in views.items():
            x = {i: view(mine.features[i]) for i in parts.ids}
            sides = {
                side: [i for i in sorted(parts.ids) if parts.part[i] == side]
                for side in ("train", "validation", "holdout")
            }

            def data(*which, x=x, sides=sides):
                ids = [i for side in which for i in sides[side]]
                return np.array([x[i] for i in ids]), np.eye(5)[parts.classes(ids)]

            train_x, train_y = data("train")
            # In the null space's directions x does not vary; the product counts the others alone.
            n_seen = round(np.trace(principal)) if name == "principal" else train_x.shape[1]
            variance = np.square(train_x - train_x.mean(axis=0)).sum() / len(train_x) / n_seen
            errors = {}
            for relative in 10.0 ** np.arange(-6, 3.01, 0.5):
                ridge = Ridge(alpha=relative * variance * len(train_x)).fit(train_x, train_y)
                held_x, held_y = data("validation")
                errors[relative] = np.square(ridge.predict(held_x) - held_y).mean()
            best = min(errors, key=errors.get)
            both_x, both_y = data("train", "validation")
            final = Ridge(alpha=best * variance * len(both_x)).fit(both_x, both_y)
            held_x, held_y = data("holdout")
            right = (final.predict(held_x).argmax(1) == held_y.argmax(1)).mean()
            assert row[f"top1_{name}"] == pytest.approx(right)


def test_concept_scores_have_intervals_and_controls(made_once, oracle, steps):
    for model, mine in steps.items():
        shifts, elsewhere = {}, {}
        for i in mine.ids:
            f = mine.features[i]
            d = random_signs(i, len(f))
            length = np.linalg.norm(mine.null @ f)
            moved = {"null": f - mine.null @ f, "random": f - length * d / np.linalg.norm(d)}
            for k, text in enumerate(oracle.concept_texts):
                shifts[i, k] = mine.step(i, moved["null"], text)["as_deg"]
                elsewhere[i, k] = mine.step(i, moved["random"], text)["as_deg"]
        rows = made_once.rows(f"from latest.concept_scores where model = '{model}'")
        p_values = []
        for row in rows:
            ids = [i for i in mine.ids if mine.class_of[i] == row["class_index"]]
            own = np.array([shifts[i, row["concept_id"]] for i in ids])
            control = np.array([elsewhere[i, row["concept_id"]] for i in ids])
            low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
            assert row["as_ci_low_deg"] == approx(low)
            assert row["as_ci_high_deg"] == approx(high)
            assert row["control_as_mean_deg"] == approx(control.mean())
            p_values.append(stats.ttest_rel(own, control).pvalue)
            assert row["p_value"] == pytest.approx(p_values[-1], rel=1e-4, abs=1e-9)
        adjusted = stats.false_discovery_control(p_values)
        found = [row["p_adjusted"] for row in rows]
        np.testing.assert_allclose(found, adjusted, rtol=1e-4, atol=1e-9)


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


def test_excess_is_the_ratio_over_the_controls(made_once):
    for row in made_once.rows("from latest.model_scores"):
        excess = row["is_as_ratio"] / row["control_ratio"]
        assert row["ratio_excess"] == pytest.approx(excess)
        assert row["excess_ci_low"] < excess < row["excess_ci_high"]
        assert "few pictures: 70" in row["warnings"]
