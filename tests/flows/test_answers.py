"""Questions answered on the spot: new phrases, the way towards a text, and the process for both."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from scipy import stats

from flows import answers, cli
from flows.features.texts import NoTextModelError, load_space
from flows.questions import asked_texts
from flows.questions.asked_texts import SpaceGoneError, new_text
from flows.questions.published_run import PublishedRun
from flows.questions.score_phrase import score_embedding, score_phrase
from flows.questions.steer_class import steer_text
from flows.questions.steer_pictures import SteeringError, steer_path
from flows.study.load import load_study
from tests.oracle.scores import angle, random_signs
from tests.oracle.steps import Steps

NEW = "a boat on a lake"


@pytest.fixture
def run(made_once):
    return PublishedRun(made_once.outcome.run_id, made_once.root)


@pytest.fixture
def no_model(monkeypatch):
    def load(*_):
        raise AssertionError("no model is needed for this")

    monkeypatch.setattr(asked_texts.vision_language, "load_space", load)
    asked_texts._proved.cache_clear()
    asked_texts._loaded.cache_clear()


def embedded(made_once, text, template="{}"):
    return load_space(load_study(made_once.study).space).embed_texts([text], (template,))[0]


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
    adjusted_anew = {"p_adjusted", "differs_from_control"}
    same = set(stored[0]) - {"run_id", "model", "concept_id"} - adjusted_anew
    assert set(rows[0]) == same | {"model", "class_name"} | adjusted_anew
    # One text alone, in float32, is rounded otherwise than among others: by 1e-5 degrees.
    exact = {"rel": 1e-4, "abs": 1e-5} if anew else {"rel": 1e-9, "abs": 1e-9}
    for row, expected in zip(rows, stored, strict=True):
        wanted = {key: expected[key] for key in same}
        assert {key: row[key] for key in same} == pytest.approx(wanted, **exact)
    adjusted = stats.false_discovery_control([row["p_value"] for row in stored])
    assert [row["p_adjusted"] for row in rows] == pytest.approx(list(adjusted), **exact)
    assert [row["differs_from_control"] for row in rows] == [p < 0.05 for p in adjusted]


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


def test_what_the_run_has_stored_needs_no_model(run, no_model):
    assert len(score_phrase(run.run_id, " stripes ", run.root)) == 10
    assert len(steer_path(run.run_id, "byob", "cat", "eel", 30, run.root)["steps"]) == 5


@pytest.mark.parametrize("target", ["eel", "stripes", NEW])
def test_the_way_towards_a_text_in_plain_numpy(made_once, oracle, run, target):
    text = {"eel": oracle.class_texts[4], "stripes": oracle.concept_texts[3]}.get(target)
    text = embedded(made_once, target) if text is None else text
    mine = Steps(oracle, "byob")
    cats = sorted(i for i, c in mine.class_of.items() if c == 2)

    found = steer_path(run.run_id, "byob", "cat", target, 40, run.root)

    assert [step["is_deg"] for step in found["steps"]] == [0, 10, 20, 30, 40]
    assert found["max_abs_logit_drift"] < 1e-6
    assert [picture["image_id"] for picture in found["pictures"]] == cats[:3]
    for q, summary in enumerate(found["steps"]):
        epsilon, moved = [], []
        for i in cats:
            step = 0 if q == 0 else mine.calibrated(i, text, summary["is_deg"])
            epsilon.append(np.nan if step is None else step)
            moved.append(mine.features[i] + epsilon[-1] * mine.direction(i, text))
        done = np.isfinite(epsilon)
        as_deg = np.array(
            [mine.step(i, x, text)["as_deg"] for i, x in zip(cats, moved, strict=True)]
        )
        assert (summary["n"], summary["n_reached"]) == (14, done.sum())
        assert summary["reachable_share"] == done.mean()
        assert summary["as_mean_deg"] == pytest.approx(as_deg[done].mean(), abs=1e-6)
        assert summary["epsilon_mean"] == pytest.approx(np.mean(np.array(epsilon)[done]), rel=1e-6)
        for n, picture in enumerate(found["pictures"]):
            step = picture["steps"][q]
            if not done[n]:
                assert (step["epsilon"], step["as_deg"], step["nearest"]) == (None, None, [])
                continue
            z = mine.space(moved[n])
            apart = sorted((angle(z, y), i) for i, y in oracle.embeddings.items())[:3]
            assert step["epsilon"] == pytest.approx(epsilon[n], rel=1e-6)
            assert step["as_deg"] == pytest.approx(as_deg[n], abs=1e-6)
            assert [one["image_id"] for one in step["nearest"]] == [i for _, i in apart]
            degrees = [one["angle_deg"] for one in step["nearest"]]
            assert degrees == pytest.approx([a for a, _ in apart], abs=1e-6)
    path = made_once.rows(f"select path from latest.images where image_id = '{cats[0]}'")
    assert found["pictures"][0]["path"] == path[0]["path"]


def test_the_last_step_is_that_of_sing_steer(made_once, run):
    (expected,) = [
        row
        for row in steer_text(load_study(made_once.study), "cat", NEW, 40.0, None, run.root)
        if row["model"] == "byob"
    ]

    found = steer_path(run.run_id, "byob", "cat", NEW, 40.0, run.root, pictures=0)

    last = found["steps"][-1]
    for key in ("n", "reachable_share", "as_mean_deg", "epsilon_mean"):
        assert last[key] == expected[key]
    assert found["max_abs_logit_drift"] == expected["max_abs_logit_drift"]
    assert found["limit_min_deg"] == expected["limit_min_deg"]
    assert found["pictures"] == []


def test_what_no_step_reaches_is_told_not_clipped(run):
    found = steer_path(run.run_id, "res", "cat", "eel", 179, run.root, steps=3)

    last = found["steps"][-1]
    assert (last["n"], last["n_reached"], last["reachable_share"]) == (14, 0, 0)
    assert last["as_mean_deg"] is last["epsilon_mean"] is found["max_abs_logit_drift"] is None
    for picture in found["pictures"]:
        assert len(picture["steps"][0]["nearest"]) == 3
        assert picture["steps"][-1] == {
            "is_deg": 179, "epsilon": None, "as_deg": None, "nearest": [],
        }  # fmt: skip


@pytest.mark.parametrize("is_deg", [0, 180, float("nan")])
def test_angles_that_cannot_be_gone_are_refused(run, is_deg):
    with pytest.raises(SteeringError, match="need an angle between 0 and 180 degrees"):
        steer_path(run.run_id, "res", "cat", "eel", is_deg, run.root)


def test_a_space_that_was_moved_is_told(run, tmp_path):
    run.config["space"]["model"] = f"local-dir:{tmp_path / 'gone'}"

    with pytest.raises(
        SpaceGoneError, match="a new text needs the space of small-.*gone.*bring its weights back"
    ):
        new_text(run, NEW, ("{}",))


def test_a_space_whose_weights_were_replaced_is_told(made_once, run, tmp_path):
    folder = tmp_path / "clip"
    shutil.copytree(made_once.folder / "clip", folder)
    run.config["space"]["model"] = f"local-dir:{folder}"
    before = new_text(run, NEW, ("{}",))
    np.testing.assert_allclose(before, embedded(made_once, NEW), atol=1e-6)
    weights = load_file(folder / "open_clip_model.safetensors")
    weights["text_projection"] = weights["text_projection"][:, ::-1].copy()
    save_file(weights, folder / "open_clip_model.safetensors")

    with pytest.raises(SpaceGoneError, match="does not embed 'apple' as it did then"):
        new_text(run, NEW, ("{}",))


def test_a_space_of_arrays_is_told(run):
    run.config["space"]["model"] = None

    with pytest.raises(
        NoTextModelError, match="given as arrays .* choose a phrase of its vocabulary"
    ):
        new_text(run, NEW, ("{}",))


def test_the_command_has_the_strongest_class_first(made_once, run, capsys):
    data = ("--data", str(made_once.root.path))

    assert cli.command(["phrase", "small", NEW, "--model", "byob", "--json", *data]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert cli.command(["phrase", "small", NEW, "--class", "cat", *data]) == 0
    table = capsys.readouterr().out

    strength = [abs(row["as_mean_deg"]) for row in rows]
    assert len(rows) == 5
    assert strength == sorted(strength, reverse=True)
    assert sorted(rows, key=lambda row: row["class_index"]) == score_phrase(
        run.run_id, NEW, run.root, model="byob"
    )
    assert "cat" in table
    assert "eel" not in table


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none", NEW], "no run or study 'none' is published"),
        (["small", " "], "the text is empty; need a word"),
        (["small", NEW, "--class", "cap"], "has no pictures of class 'cap'; known: apple, boat"),
        (["small", NEW, "--model", "rex"], "has no scores of a model 'rex'; known: byob, res"),
    ],
)
def test_wrong_phrases_are_told(made_once, capsys, arguments, says):
    assert cli.command(["phrase", *arguments, "--data", str(made_once.root.path)]) == 2
    assert says in capsys.readouterr().err


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def start(root, *program):
    return subprocess.Popen(
        [sys.executable, *(program or ("-m", "flows.answers")), "--data", str(root.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )


def ask(process, line):
    process.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline(), parse_constant=refuse)


def test_a_process_answers_line_after_line(run):
    phrase = {"question": "phrase", "run_id": run.run_id, "text": NEW}
    steer = {
        "question": "steer", "run_id": run.run_id, "model": "res", "source": "cat",
        "target": NEW, "is_deg": 179,
    }  # fmt: skip
    process = start(run.root)

    said = [
        ask(process, {"id": 1, **phrase}),
        ask(process, "no JSON at all"),
        ask(process, {"id": "a", **steer}),
        ask(process, {"id": 3, **phrase, "run_id": "none"}),
        ask(process, {"id": 4, **steer, "source": "stripes"}),
    ]
    rest, _ = process.communicate(timeout=60)

    assert said[0] == {"id": 1, "answer": score_phrase(run.run_id, NEW, run.root)}
    assert said[1]["id"] is None
    assert said[1]["error"].startswith("the line is not JSON")
    expected = steer_path(run.run_id, "res", "cat", NEW, 179, run.root)
    assert said[2] == {"id": "a", "answer": json.loads(json.dumps(expected, allow_nan=False))}
    assert said[3]["id"] == 3
    assert "no run or study 'none' is published" in said[3]["error"]
    assert "has no pictures of class 'stripes'" in said[4]["error"]
    assert rest == ""
    assert process.returncode == 0


NOISY = """
import os
from flows import answers

def noisy(root, run_id, text):
    print("from Python")
    os.system("echo from a child")
    if text == "bad":
        raise RuntimeError("no\\nluck")
    return 7

answers._QUESTIONS["phrase"] = noisy, {"run_id": str, "text": str}
answers.main()
"""


def test_nothing_but_answers_is_on_stdout(made_once):
    question = {"question": "phrase", "run_id": "r"}
    process = start(made_once.root, "-c", NOISY)

    said = [ask(process, {"id": 1, **question, "text": text}) for text in ("good", "bad")]
    rest, _ = process.communicate(timeout=60)

    assert said == [{"id": 1, "answer": 7}, {"id": 1, "error": "no luck"}]
    assert rest == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\xff", "the line is not JSON"),
        (b"[1]", "need an object"),
        (b'{"id": NaN}', "NaN is no number of JSON"),
        (b'{"id": 1e999}', "1e999 is no number of JSON"),
        (b'{"id": [1], "question": "phrase"}', "id is [1]; need a number or text"),
        (b'{"id": 1}', "there is no question None; known: phrase, steer"),
        (b'{"id": 1, "question": ["phrase"]}', "there is no question ['phrase']"),
        (b'{"id": 1, "question": "phrase", "text": "x"}', "has text; need run_id, text"),
        (
            b'{"id": 1, "question": "phrase", "run_id": "r", "text": 7}',
            "text is '7'; need text",
        ),
        (
            b'{"id": 1, "question": "steer", "run_id": "r", "model": "m", "source": "s", '
            b'"target": "t", "is_deg": true}',
            "is_deg is 'True'; need a number",
        ),
    ],
)
def test_a_line_that_is_no_question_is_told(made_once, line, says):
    said = json.loads(answers.answer(line, made_once.root))

    assert says in said["error"]
    assert said["id"] in (None, 1)


def test_lines_may_come_in_pieces_and_waiting_ends(monkeypatch):
    monkeypatch.setattr(answers, "_CHUNK", 4)
    inside, outside = os.pipe()
    os.write(outside, b"one\ntwo\n\nthree")

    # The other end stays open: the last line is not whole, and nothing more comes.
    assert list(answers.lines(inside, 0.05)) == [b"one", b"two"]
    os.write(outside, b"four\nfive")
    os.close(outside)
    assert list(answers.lines(inside, 0.05)) == [b"four", b"five"]
    os.close(inside)
