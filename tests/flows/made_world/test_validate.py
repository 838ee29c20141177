"""The made world through the whole line: a tiny training, a study of drawn scenes, the truth."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from flows import cli
from flows.pipeline import run_study
from flows.study.load import load_study
from tests.oracle.readouts import Readings
from tests.oracle.scores import Oracle
from tests.support.stored import rows
from warehouse.layout import DataRoot


def test_candidates_follow_the_stored_angles(validated):
    shift = rows(
        validated,
        "select median(abs(s.as_deg)) as value from latest.image_concept_scores s "
        "join latest.concepts c using (run_id, concept_id) "
        "join latest.image_labels l using (run_id, image_id, concept_group, phrase) "
        "where model = 'background' and concept_group = 'size'",
    )[0]["value"]

    stored = rows(
        validated,
        "select value from latest.candidate_scores where model = 'background' "
        "and attribute = 'size' and score = 'abs_as_median_deg'",
    )[0]["value"]
    assert stored == pytest.approx(shift)


def test_every_score_meets_every_truth(validated, trained, capsys):
    agreements = rows(validated, "from latest.score_validation")
    scores = {row["score"] for row in agreements}
    truths = {row["truth"] for row in agreements}

    # Pooled and two models; how well the truth repeats itself, of two truths.
    assert len(agreements) == ((len(scores) - 1) * len(truths) + 2) * 3
    assert {"effect_share", "effect_share_translated"} < scores
    truth = {
        (row["model"], row["attribute"]): row
        for row in rows(validated, "from latest.counterfactuals")
    }
    for row in agreements:
        if row["score"] == "(the truth of other scenes)":
            name, one = row["truth"], row["model"]
            even, odd = (
                [cell[f"{name}_{half}"] for (m, _), cell in truth.items() if one in (None, m)]
                for half in ("even", "odd")
            )
            assert row["spearman"] == pytest.approx(spearmanr(even, odd).statistic)
    assert {"abs_as_median_deg", "between_value_share", "margin_kept_by_null_deg"} <= scores
    for row in agreements:
        if row["model"] is None and row["spearman"] is not None:
            assert -1 <= row["ci_low"] <= row["ci_high"] <= 1

    code = cli.command(["validate", str(trained / "demo.toml"), "--data", str(validated.path)])
    said = capsys.readouterr()
    assert code == 0
    assert "nothing to do" in said.err
    assert "between_value_share" in said.out


def test_a_run_keeps_its_other_rows_when_it_is_validated(trained, validated, tmp_path):
    root = DataRoot(tmp_path)
    run_study(load_study(trained / "demo.toml"), root)
    query = "select (select count(*) from latest.{0}) as n"
    for table in ("image_scores", "concept_scores", "model_scores", "images", "artifacts"):
        assert rows(root, query.format(table)) == rows(validated, query.format(table))


def test_ordinary_pictures_cannot_be_validated(made_once, capsys):
    code = cli.command(["validate", str(made_once.study), "--data", str(made_once.root.path)])

    assert code == 1
    assert "need a study with images.shapes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('file = "shapes/concepts.txt"', 'file = "shapes/few.txt"', "missing or strange: a circle"),
        ("[analysis]", "[translator]\nholdout = 0\n[analysis]", "translator.holdout is 0"),
        (
            "[analysis]",
            "[analysis]\nmax_image_concept_rows = 1000",
            "analysis.max_image_concept_rows = 1,000 does not hold all of them; need 53,760",
        ),
    ],
)
def test_a_study_that_cannot_be_validated_says_why(
    trained, validated, tmp_path, capsys, was, becomes, says
):
    words = (trained / "shapes/concepts.txt").read_text().replace("shape: a circle\n", "")
    (trained / "shapes/few.txt").write_text(words)
    text = (trained / "demo.toml").read_text()
    assert was in text
    study = trained / "cannot.toml"
    study.write_text(text.replace(was, becomes))

    assert cli.command(["validate", str(study), "--data", str(validated.path)]) == 2
    assert says in capsys.readouterr().err


def test_candidates_of_readers_by_another_route(validated):
    (run_id,) = {row["run_id"] for row in rows(validated, "from latest.counterfactuals")}
    found = {
        (row["score"], row["attribute"]): row["value"]
        for row in rows(validated, "from latest.candidate_scores where model = 'background'")
    }
    reading = Readings(Oracle(validated.path, run_id), "background")
    read = rows(
        validated,
        "from latest.readouts where model = 'background' and concept_group = 'size'",
    )
    by_view = {row["view"]: row for row in read}
    above = {v: (r["accuracy"] - r["chance"]) / (1 - r["chance"]) for v, r in by_view.items()}
    assert found["readout_null", "size"] == pytest.approx(above["null"])
    apart = found["readout_null_minus_principal", "size"]
    assert apart == pytest.approx(above["null"] - above["principal"])

    labels = rows(validated, "from latest.image_labels where concept_group = 'size'")
    value = {row["image_id"]: row["phrase"] for row in labels}
    fit = reading.fitted()
    x = np.array([reading.x[i] for i in fit])
    y = np.array([[value[i] == one for one in sorted(set(value.values()))] for i in fit])
    alpha = len(x) * by_view["all"]["strength"] * x.var(axis=0).mean()
    weight = Ridge(alpha=alpha).fit(x, y.astype(float)).coef_.T
    parts = [
        (x @ part @ (weight - weight.mean(axis=1, keepdims=True))).var(axis=0).sum()
        for part in (reading.null, np.eye(len(reading.null)) - reading.null)
    ]
    assert found["reader_share (ridge)", "size"] == pytest.approx(parts[0] / sum(parts), rel=1e-5)
