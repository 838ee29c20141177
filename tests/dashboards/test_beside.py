import sys

import pytest

from dashboards.beside import Beside, NoAnswerError

ECHO = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked["question"] == "die":
        os.abort()
    if asked["question"] == "sleep":
        time.sleep(60)
    print(json.dumps({"answer": [os.getpid(), asked.get("text")]}), flush=True)
"""


@pytest.fixture
def beside():
    def start(patience_s=30.0):
        started.append(Beside([sys.executable, "-c", ECHO], patience_s))
        return started[-1]

    started = []
    yield start
    for one in started:
        one.stop()


def test_one_process_answers_all_questions(beside):
    asked = beside()

    first, second = asked.ask("echo", text="é"), asked.ask("echo", text="b")

    assert (first[1], second[1]) == ("é", "b")
    assert first[0] == second[0]


def test_one_that_died_is_told_and_followed(beside):
    asked = beside()
    (first, _) = asked.ask("echo")

    with pytest.raises(NoAnswerError, match="has stopped"):
        asked.ask("die")

    assert asked.ask("echo")[0] != first


def test_who_does_not_answer_in_time_is_stopped(beside):
    asked = beside(patience_s=0.05)

    with pytest.raises(NoAnswerError, match="no answer within"):
        asked.ask("sleep")

    assert asked._process is None
