"""A phrase scored on the spot, as a run would have scored it."""

import json

import numpy as np
import pytest
from scipy import stats

from flows import cli
from flows.questions.asked_texts import new_text
from flows.questions.score_phrase import score_embedding, score_phrase
from tests.flows.questions.asked import NEW, embedded
from tests.oracle.scores import angle, random_signs
from tests.oracle.steps import Steps


@pytest.mark.parametrize("model", ["res", "byob"])
@pytest.mark.parametrize("anew", [False, True])
def test_a_phrase_of_the_vocabulary_has_the_rows_of_the_run(made_once, oracle, run, model, anew):
    stored = made_once.rows(
        "select s.* from latest.concept_scores s join latest.concepts using (run_id, concept_id) "
        f"where phrase = 'stripes' and model = '{model}' order by class_index"
    )
    embedding = new_text(run, "stripes", ("{}",)) if anew else oracle.concept_texts[3]

    rows = score_embedding(run, run.model(model), embedding)

    assert [row["class_name"] for row in rows] == ["apple", "boat", "cat", "drum", "eel"]
    kinds = ("", "common_", "own_")
    adjusted_anew = {kind + n for kind in kinds for n in ("p_adjusted", "differs_from_control")}
    same = set(stored[0]) - {"run_id", "model", "concept_id"} - adjusted_anew
    assert set(rows[0]) == same | {"model", "class_name"} | adjusted_anew
    # One text alone, in float32, is rounded otherwise than among others: by 1e-5 degrees.
    exact = {"rel": 1e-4, "abs": 1e-5} if anew else {"rel": 1e-9, "abs": 1e-9}
    for row, expected in zip(rows, stored, strict=True):
        wanted = {key: expected[key] for key in same}
        assert {key: row[key] for key in same} == pytest.approx(wanted, **exact)
    for kind, n in (("", 5), ("own_", 5), ("common_", 1)):  # the common part is one test a phrase
        given = [row[f"{kind}p_value"] for row in stored]
        adjusted = list(stats.false_discovery_control(given[:n])) * (5 // n)
        assert [row[f"{kind}p_adjusted"] for row in rows] == pytest.approx(adjusted, **exact)
        differs = [row[f"{kind}differs_from_control"] for row in rows]
        assert differs == [p < 0.05 for p in adjusted]


def test_a_new_phrase_in_plain_numpy(made_once, oracle, recomputed, run):
    text = embedded(made_once, NEW)

    rows = {(row["model"], row["class_index"]): row for row in score_phrase("small", NEW, run.root)}

    assert set(rows) == {(model, c) for model in ("res", "byob") for c in range(5)}
    mine, scores = Steps(oracle, "byob"), recomputed["byob"]
    cats = [i for i, c in mine.class_of.items() if c == 2]
    before = np.array([angle(scores[i]["original"], text) for i in cats])
    after = np.array([angle(scores[i]["equivalent"], text) for i in cats])
    control = []
    for i in cats:
        f, d = mine.features[i], random_signs(i, mine.null.shape[0])
        elsewhere = f - np.linalg.norm(mine.null @ f) * d / np.linalg.norm(d)
        control.append(angle(mine.space(f), text) - angle(mine.space(elsewhere), text))
    shift = before - after
    low, high = stats.t.interval(0.95, 13, shift.mean(), stats.sem(shift))
    row = rows["byob", 2]
    assert row["class_name"] == "cat"
    assert row["n"] == 14
    assert row["angle_original_mean_deg"] == pytest.approx(before.mean(), abs=1e-6)
    assert row["angle_equivalent_mean_deg"] == pytest.approx(after.mean(), abs=1e-6)
    assert row["as_mean_deg"] == pytest.approx(shift.mean(), abs=1e-6)
    assert row["as_sd_deg"] == pytest.approx(shift.std(ddof=1), abs=1e-6)
    assert (row["as_ci_low_deg"], row["as_ci_high_deg"]) == pytest.approx((low, high), abs=1e-6)
    assert row["control_as_mean_deg"] == pytest.approx(np.mean(control), abs=1e-6)
    assert row["p_value"] == pytest.approx(stats.ttest_rel(shift, control).pvalue, rel=1e-4)


def test_the_command_has_the_strongest_class_first(made_once, run, capsys):
    data = ("--data", str(made_once.root.path))

    assert cli.command(["phrase", "small", NEW, "--model", "byob", "--json", *data]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert cli.command(["phrase", "small", NEW, "--class", "cat", *data]) == 0
    table = capsys.readouterr().out

    strength = [abs(row["own_as_mean_deg"]) for row in rows]
    assert len(rows) == 5
    assert strength == sorted(strength, reverse=True)
    assert sorted(rows, key=lambda row: row["class_index"]) == score_phrase(
        run.run_id, NEW, run.root, model="byob"
    )
    assert "cat" in table
    assert "eel" not in table
    (common,) = {row["common_as_mean_deg"] for row in rows}
    assert common == pytest.approx(np.mean([row["as_mean_deg"] for row in rows]))
    way = "towards" if common > 0 else "away from"
    assert f"byob: all classes share a move {way} “{NEW}” by {abs(common):.2f}°" in table


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none", NEW], "no run or study 'none' is published"),
        (["small", " "], "the text is empty; need a word"),
        (["small", NEW, "--class", "cap"], "has no pictures of class 'cap'; known: cat, apple"),
        (["small", NEW, "--model", "rex"], "has no scores of a model 'rex'; known: byob, res"),
    ],
)
def test_wrong_phrases_are_told(made_once, capsys, arguments, says):
    assert cli.command(["phrase", *arguments, "--data", str(made_once.root.path)]) == 2
    assert says in capsys.readouterr().err
