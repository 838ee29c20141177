"""Commands that go on from published results: steer, compare, findings."""

import json

import numpy as np
import pytest
from scipy import stats

from flows import cli
from flows.features.texts import load_space
from flows.questions.compare_runs import compare_runs
from flows.study.load import load_study
from tests.oracle.steps import Steps


@pytest.fixture
def ask(made_once, capsys):
    def call(*arguments):
        code = cli.command([*map(str, arguments), "--data", str(made_once.root.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize("target", ["drum", "stripes", "a boat on a lake"])
def test_steering_towards_any_text(made_once, oracle, ask, target):
    code, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", target, "--json")

    assert code == 0
    space = load_study(made_once.study).space
    text = {
        "drum": oracle.class_texts[3],
        "stripes": oracle.concept_texts[3],
        "a boat on a lake": load_space(space).embed_texts(["a boat on a lake"], ("{}",))[0],
    }[target]
    for row in json.loads(out):
        mine = Steps(oracle, row["model"])
        cats = [i for i, c in mine.class_of.items() if c == 2]
        steps = {i: mine.calibrated(i, text, 40.0) for i in cats}
        reached = [
            mine.step(i, mine.features[i] + step * mine.direction(i, text), text)["as_deg"]
            for i, step in steps.items()
            if step is not None
        ]
        assert row["n"] == 14
        assert row["reachable_share"] == pytest.approx(len(reached) / 14)
        if reached:
            assert row["as_mean_deg"] == pytest.approx(np.mean(reached), abs=1e-6)
            assert row["is_mean_deg"] == pytest.approx(40)
            assert row["max_abs_logit_drift"] < 1e-6


def test_steering_by_a_step_length(made_once, oracle, ask):
    _, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", "eel", "--step", 2, "--json")

    row = next(row for row in json.loads(out) if row["model"] == "byob")
    mine, text = Steps(oracle, "byob"), oracle.class_texts[4]
    turned = [
        mine.step(i, mine.features[i] + 2 * mine.direction(i, text), text)["is_deg"]
        for i, c in mine.class_of.items()
        if c == 2
    ]
    assert row["is_mean_deg"] == pytest.approx(np.mean(turned), abs=1e-6)
    assert row["epsilon_mean"] == 2


def test_an_angle_that_nothing_reaches_is_told(made_once, ask):
    code, out, _ = ask("steer", made_once.study, "--from", "cat", "--to", "eel", "--is-deg", 179)

    assert code == 0
    assert "res: 100% of the pictures are turned so far by no step" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "cap", "--to", "eel"], "has no pictures of class 'cap'; known: apple, boat"),
        (["--from", "cat", "--to", "eel", "--is-deg", "0"], "need an angle between 0 and 180"),
        (["--from", "cat", "--to", "eel", "--step", "-1"], "need a finite length above 0"),
        (["--from", "cat", "--to", "eel", "--step", "nan"], "need a finite length above 0"),
        (["--from", "cat", "--to", "eel", "--step", "1", "--is-deg", "9"], "both say how far"),
        (["--from", "cat", "--to", " "], "--to is empty"),
    ],
)
def test_wrong_steering_is_told(made_once, ask, arguments, says):
    code, _, err = ask("steer", made_once.study, *arguments)

    assert code == 2
    assert says in err


def test_a_study_that_never_ran_is_told(made, capsys):
    made.rewrite('name = "small"', 'name = "other"')
    arguments = ["steer", str(made.study), "--from", "cat", "--to", "eel"]

    code = cli.command([*arguments, "--data", str(made.root.path)])

    assert code == 2
    assert "no run or study 'other' is published" in capsys.readouterr().err


def test_new_words_are_refused_where_the_space_was_changed_since(made, capsys):
    made.rewrite('model = "local-dir:clip"', 'model = "local-dir:clip"\ntemplates = ["a {}"]')
    arguments = ["steer", str(made.study), "--from", "cat", "--data", str(made.root.path)]

    assert cli.command([*arguments, "--to", "a boat on a lake"]) == 2
    assert "[space] of the study is not that of" in capsys.readouterr().err
    assert cli.command([*arguments, "--to", "eel"]) == 0


def test_findings_are_what_differs_from_its_control_in_a_real_run(made_once, ask):
    code, out, _ = ask("findings", "small")

    assert code == 0
    for model in ("res", "byob"):
        assert f"{model}: read with care:" in out
    for row in made_once.rows("from latest.model_scores"):
        differs = not row["excess_ci_low"] <= 1 <= row["excess_ci_high"]
        assert (f"{row['model']}: null removal turns images" in out) == differs
    told = made_once.rows("from latest.concept_scores where differs_from_control")
    assert out.count("without their null part") == sum(
        min(2, sum(row["model"] == model for row in told)) for model in ("res", "byob")
    )
    assert out.splitlines()[-1].startswith("Not told from a control: ")


def test_findings_of_a_class_say_how_its_phrases_move(made_once, ask):
    code, out, _ = ask("findings", "small", "--class", "cat")

    assert code == 0
    strongest = made_once.rows(
        "select phrase, as_mean_deg from latest.concept_scores join latest.concepts "
        "using (run_id, concept_id) where class_index = 2 and model = 'byob' "
        "order by abs(as_mean_deg) desc limit 1"
    )[0]
    way = "towards" if strongest["as_mean_deg"] > 0 else "away from"
    size = f"{abs(strongest['as_mean_deg']):.2f}°"
    expected = f"cat images move {way} “{strongest['phrase']}” by {size}"
    assert expected in out


def test_findings_of_nothing_are_told(ask):
    assert ask("findings", "none")[0] == 2
    code, _, err = ask("findings", "small", "--class", "none")
    assert code == 2
    assert "known classes: apple, boat, cat, drum, eel" in err


def test_two_runs_are_compared_by_the_order_of_their_models(made, capsys):
    text = made.study.read_text()
    byob = text[text.index('[[models]]\nid = "byob"') : text.index("[concepts]")]
    third = byob.replace('id = "byob"', 'id = "third"').replace("test_byobnet", "test_resnet")
    third = third.replace("byob.safetensors", "res.safetensors")
    made.study.write_text(text.replace(byob, byob + third))
    first = made.run().run_id
    made.rewrite("[concepts]", "[translator]\nintercept = false\n[concepts]")
    second = made.run().run_id

    found = compare_runs(first, second, made.root)

    assert found["runs"] == [first, second]
    ratios = [
        [
            row["is_as_ratio"]
            for row in made.rows(f"from model_scores where run_id = '{run}' order by model")
        ]
        for run in (first, second)
    ]
    order = next(row for row in found["orders"] if row["by"] == "is_as_ratio")
    assert order["n_models"] == 3
    assert order["spearman"] == pytest.approx(stats.spearmanr(*ratios).statistic)
    assert order["kendall"] == pytest.approx(stats.kendalltau(*ratios).statistic)

    code = cli.command(["compare", first, "small", "--data", str(made.root.path)])
    assert code == 0
    assert "correlation of the models' orders" in capsys.readouterr().out


def test_runs_without_a_common_model_are_told(made, capsys):
    made.rewrite('id = "res"', 'id = "other"')
    made.rewrite('id = "byob"', 'id = "another"')
    before = made.rows("select run_id from latest.runs")[0]["run_id"]
    made.run()

    code = cli.command(["compare", before, "small", "--data", str(made.root.path)])

    assert code == 2
    assert "have no model in common" in capsys.readouterr().err
