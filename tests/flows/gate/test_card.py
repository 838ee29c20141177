"""`sing card`: Markdown, with metadata that Hugging Face reads."""

import math

import pytest
from huggingface_hub import ModelCard

from flows import cli
from flows.gate.trackers import metrics


@pytest.fixture
def card(made_once, capsys):
    def call(*arguments):
        code = cli.command(["card", "small", *arguments, "--data", str(made_once.root.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_hugging_face_reads_the_figures_of_the_run(made_once, card):
    code, out, _ = card("--model", "byob")

    assert code == 0
    data = ModelCard(out).data
    assert data.model_name == "byob"
    found = {one.metric_type: one for one in data.eval_results}
    (stored,) = made_once.rows("from latest.model_scores where model = 'byob'")
    assert found["is_as_ratio"].metric_value == pytest.approx(stored["is_as_ratio"], rel=1e-5)
    assert found["is_as_ratio"].metric_args == {
        "ci_low": pytest.approx(stored["ratio_ci_low"], rel=1e-5),
        "ci_high": pytest.approx(stored["ratio_ci_high"], rel=1e-5),
    }
    assert {one.dataset_name for one in data.eval_results} == {"small"}


def test_it_says_what_was_found_on_what_and_how_to_repeat_it(made_once, card):
    _, out, _ = card("--model", "byob")

    text = ModelCard(out).text
    assert "## What its last layer does not see" in text
    assert "70 pictures in 5 classes" in text
    assert f"`{made_once.outcome.run_id}`" in text
    assert "`sing card small --model byob`" in text
    assert "**Read with care:**" in text
    assert "### Limits" in text
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.replace("\\|", "").count("|") == 5, line


def test_an_unknown_model_is_told(card):
    code, _, err = card("--model", "rex")

    assert code == 2
    assert "has no scores of a model 'rex'; known: byob, res" in err


def test_a_tracker_gets_every_figure_with_its_interval_under_a_name_of_its_own(made_once):
    found = metrics(made_once.outcome.run_id, made_once.root)

    (stored,) = made_once.rows("from latest.model_scores where model = 'res'")
    assert found["res/is_as_ratio"] == stored["is_as_ratio"]
    assert found["res/is_as_ratio_ci_low"] == stored["ratio_ci_low"]
    assert all(math.isfinite(value) for value in found.values())
    # Where metrics are files, none may be a folder of another.
    assert not any(other.startswith(f"{name}/") for name in found for other in found)


def test_a_tracker_that_is_not_there_is_told(made_once, capsys):
    data = ("--data", str(made_once.root.path))

    assert cli.command(["export", "small", "--to", "mlflow", *data]) == 1
    assert "mlflow is not installed; pip install mlflow" in capsys.readouterr().err
    assert cli.command(["export", "small", "a.csv", "--to", "mlflow", *data]) == 2
    assert "--to mlflow takes no file" in capsys.readouterr().err
    assert cli.command(["export", "model_scores", *data]) == 2
    assert "name a file, as in sing export model_scores model_scores.csv" in capsys.readouterr().err
