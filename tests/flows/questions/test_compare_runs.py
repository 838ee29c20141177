"""`sing compare`: two runs and what they have in common."""

import pytest
from scipy import stats

from flows import cli
from flows.questions.compare_runs import compare_runs


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
