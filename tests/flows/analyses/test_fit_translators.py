"""Translators: fitted, or given as files, as the authors publish theirs."""

import pytest
import torch
from safetensors.numpy import load_file

from flows.analyses.fit_translators import GivenTranslatorError
from flows.runs.parts import TooFewPicturesError
from flows.study.load import StudyError, load_study
from tests.support.counted import count_features


@pytest.fixture
def given(made):
    """The finished run's own translators, as the authors' ``best.pt`` hold theirs."""
    run_id = made.rows("select run_id from latest.runs")[0]["run_id"]
    for model in ("res", "byob"):
        fitted = load_file(made.root.translator(run_id, model))
        (made.folder / model).mkdir()
        state = {name: torch.from_numpy(value).float() for name, value in fitted.items()}
        torch.save(state, made.folder / model / "best.pt")
    made.rewrite("[concepts]", '[translator]\nfile = "{model}/best.pt"\n\n[concepts]')
    return made


def test_scores_with_a_given_translator_are_those_of_the_same_fitted(given):
    query = "select model, abs_as_median_deg, is_median_deg from latest.model_scores order by model"
    fitted = given.rows(query)

    given.run()

    for row, before in zip(given.rows(query), fitted, strict=True):
        assert row == pytest.approx(before, abs=1e-3)
    for row in given.rows("from latest.translators"):
        assert (row["source"], row["n_fit"], row["ridge_lambda"]) == ("given", 0, None)
        assert row["message"] == "given, not fitted: best.pt"
        assert row["n_holdout"] > 0
        assert row["cosine_mean"] is not None


def test_pictures_too_few_to_fit_on_do(given):
    given.rewrite("[images]", "[images]\nlimit_per_class = 2")

    given.run()

    assert given.rows("select n from latest.model_scores") == [{"n": 10}] * 2
    for row in given.rows("from latest.translator_heads"):
        assert (row["top1_principal"], row["top1_translated"]) == (None, None)


def test_another_content_is_another_run(given):
    first = given.run().run_id
    state = torch.load(given.folder / "res/best.pt")
    torch.save({**state, "bias": state["bias"] + 1}, given.folder / "res/best.pt")

    assert given.run().run_id != first


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"weight": torch.zeros(24, 95), "bias": torch.zeros(24)}, r"'weight': \(24, 96\)"),
        ({"weight": torch.zeros(24, 96)}, "holds {'weight': .*one linear layer with"),
        (
            {"weight": torch.full((24, 96), torch.nan), "bias": torch.zeros(24)},
            "holds NaN or infinity",
        ),
        ({"weight": torch.zeros(24, 96), "bias": torch.ones(24)}, "translates all features alike"),
    ],
)
def test_a_translator_that_does_not_fit_is_told(given, state, says):
    torch.save(state, given.folder / "res/best.pt")

    with pytest.raises(GivenTranslatorError, match=says):
        given.run()


def test_a_file_that_would_run_code_is_refused(given):
    torch.save({"weight": print}, given.folder / "res/best.pt")

    with pytest.raises(GivenTranslatorError, match="translator.file: .*holds more than weights"):
        given.run()


def test_files_that_are_missing_or_one_for_all_are_told(given):
    (given.folder / "res/best.pt").unlink()
    with pytest.raises(StudyError, match="res/best.pt does not exist; need a translator"):
        load_study(given.study)
    given.rewrite("{model}/best.pt", "byob/best.pt")
    with pytest.raises(StudyError, match="is one file for 2 models"):
        load_study(given.study)


def test_a_fit_without_intercept_has_no_bias(made):
    made.rewrite("[analysis]", "[translator]\nintercept = false\n[analysis]")

    made.run()

    from safetensors.numpy import load_file

    run_id = made.outcome.run_id
    assert not load_file(made.root.translator(run_id, "res"))["bias"].any()
    assert made.rows("select distinct intercept from latest.translators") == [{"intercept": False}]


def test_too_few_pictures_are_told_before_any_work(fresh, monkeypatch):
    seen = count_features(monkeypatch)
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nlimit = 10')

    with pytest.raises(
        TooFewPicturesError,
        match=r"10 pictures leave 5 to fit on and 0 .*; raise images.limit:",
    ):
        fresh.run()
    fresh.rewrite("limit = 10", "limit_per_class = 1")
    with pytest.raises(TooFewPicturesError, match=r"; raise images.limit_per_class: need three"):
        fresh.run()

    assert seen == {}


def test_translators(made_once, oracle, recomputed):
    for row in made_once.rows("from latest.translators"):
        truth = oracle.quality(recomputed[row["model"]])
        for name, value in truth.items():
            assert row[name] == pytest.approx(value, abs=1e-6), name
