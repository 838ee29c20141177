"""Null spaces, the exact one and others, through the whole line."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from flows import cli
from flows.analyses.decompose_heads import NoSuchClassError
from flows.study.load import StudyError, load_study
from tests.support import world
from warehouse.stored.vectors import VectorFolder


@pytest.fixture
def byob(made):
    """The made world with one model, of five classes and 256 features."""
    text = made.study.read_text()
    start, res = text.index('[[models]]\nid = "res"'), text.index('[[models]]\nid = "byob"')
    made.study.write_text(text[:start] + text[res:])
    return made


def with_mode(made, lines):
    made.study.write_text(made.study.read_text() + f"\n[null_space]\n{lines}\n")
    made.run()
    return made.rows(
        "select * from latest.models join latest.model_scores using (run_id, model) order by model"
    )


def test_softmax_has_one_more_dimension_and_moves_no_probability(made):
    byob, res = with_mode(made, 'mode = "softmax"')

    assert (byob["null_dim"], res["null_dim"]) == (256 - 4, 96 - 39)
    for row in (byob, res):
        assert row["null_mode"] == "softmax"
        assert row["kl_mean"] < 1e-9
        assert row["flipped_share"] == 0
        assert row["logit_drift_max"] > 1e-3  # all logits alike, but they do move


def test_chosen_classes_keep_their_logits(byob):
    (row,) = with_mode(byob, 'mode = "classes"\nclasses = ["boat", "eel"]')

    assert row["null_dim"] == 256 - 2
    assert row["logit_drift_max"] > 1e-3  # the other classes' logits move
    images = byob.rows("select * from latest.image_scores order by image_id")
    scored = VectorFolder(next(byob.root.features.glob("byob/*")))
    features = scored.take([image["image_id"] for image in images]).astype(np.float64)
    head = load_file(next(byob.root.heads.glob("byob-*")))
    weight = head["weight"].astype(np.float64)
    two = weight[[1, 4]]
    removed = features - features @ np.linalg.pinv(two) @ two
    np.testing.assert_allclose((features - removed) @ two.T, features @ two.T)
    drift = np.abs(removed @ weight.T).max(axis=1)
    np.testing.assert_allclose([i["max_abs_logit_drift"] for i in images], drift, rtol=1e-6)


def test_a_class_that_the_head_does_not_have_is_told(byob):
    with pytest.raises(NoSuchClassError, match="byob has no class 'boot'; known: boat"):
        with_mode(byob, 'mode = "classes"\nclasses = ["boot"]')


def test_an_approximate_null_space_keeps_its_budget_and_is_labeled(made):
    byob, res = with_mode(made, 'mode = "approx"\nmax_drift = 0.3\ndrift_quantile = 1')

    assert byob["null_dim"] >= 256 - 5
    for row in (byob, res):
        fit = made.rows(
            "select max(max_abs_logit_drift) as most from latest.image_scores "
            f"join latest.images using (image_id) where model = '{row['model']}' "
            "and split = 'fit'"
        )
        assert fit[0]["most"] <= 0.3
        assert "approximate (1 quantile of max |logit change| <= 0.3)" in row["message"]
        assert row["null_rule"] == "1 quantile of max |logit change| <= 0.3"
    assert "removing the null space (approx: 1 quantile" in res["warnings"]


def test_a_head_without_a_null_space_can_be_analyzed_approximately(made, capsys):
    world.save_model(made.folder / "res.safetensors", "test_resnet", 5, num_classes=120)
    rows = with_mode(made, 'mode = "approx"\nenergy = 0.99')

    res = rows[1]
    assert res["rank"] < 96
    sigma = np.linalg.svd(load_file(made.folder / "res.safetensors")["fc.weight"], compute_uv=False)
    held = np.cumsum(sigma**2) / (sigma**2).sum()
    assert held[res["rank"] - 1] >= 0.99 > held[res["rank"] - 2]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('mode = "approx"', "mode approx needs a rule where to cut"),
        ('mode = "approx"\nenergy = 0.9\nrank = 3', "rank and energy all say where to cut"),
        ("max_drift = 1.0", "max_drift goes with mode = 'approx' only"),
        ('classes = ["a"]', "mode classes and classes"),
        ('mode = "classes"', "mode classes and classes"),
        ('mode = "fuzzy"', "input should be 'exact', 'softmax', 'approx' or 'classes'"),
    ],
)
def test_rules_that_do_not_go_together_are_told(made, lines, says):
    made.study.write_text(made.study.read_text() + f"\n[null_space]\n{lines}\n")

    with pytest.raises(StudyError, match=says):
        load_study(made.study)


def test_doctor_says_that_a_measured_cut_waits_for_pictures(made, capsys):
    made.study.write_text(
        made.study.read_text() + '\n[null_space]\nmode = "approx"\nmax_flips = 0.01\n'
    )

    code = cli.command(["doctor", str(made.study), "--data", str(made.root.path), "--json"])

    assert code == 0
    assert "share of changed predictions <= 0.01" in capsys.readouterr().out


def test_models(made_once, oracle):
    from safetensors.numpy import load_file

    for row in made_once.rows("from latest.models"):
        head = load_file(made_once.root.path / oracle.paths("head", row["model"])[0])
        sigma = np.linalg.svd(head["weight"].astype(np.float64), compute_uv=False)
        assert (row["n_classes"], row["n_features"]) == head["weight"].shape
        assert row["rank"] == np.linalg.matrix_rank(head["weight"])
        assert row["null_dim"] == row["n_features"] - row["rank"]
        assert row["sigma_max"] == pytest.approx(sigma[0])
        assert row["sigma_rank"] == pytest.approx(sigma[-1])
        assert row["sigma_next"] == 0
        assert row["orthonormality"] < 1e-12
        assert row["null_leak"] < 1e-12
        assert row["logit_proof_max_abs"] < 1e-4
