"""A process that answers questions: a line in, a line out, and nothing else."""

import json
import os
import subprocess
import sys

import pytest

from flows import answers
from flows.questions.score_phrase import score_phrase
from flows.questions.steer_pictures import steer_pictures
from tests.flows.questions.asked import NEW


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
    expected = steer_pictures(run.run_id, "res", "cat", NEW, 179, run.root)
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
        (b'{"id": 1}', "there is no question None; known: phrase, search, steer"),
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
