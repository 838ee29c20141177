import pytest

from dashboards.page import live
from dashboards.page.live import Live, NoAnswerError


def test_a_question_that_has_no_answer_says_why_and_one_that_died_is_followed(full):
    asked = Live(str(full.path))
    try:
        with pytest.raises(NoAnswerError, match="no run or study 'gone'"):
            asked.ask("phrase", run_id="gone", text="a fish")
        died = asked._process
        died.kill()
        died.wait()
        assert asked._started().pid != died.pid
    finally:
        asked.stop()
    assert asked._process is None


def test_who_does_not_answer_in_time_is_stopped(full, monkeypatch):
    monkeypatch.setattr(live, "_PATIENCE_S", 0.05)
    asked = Live(str(full.path))

    with pytest.raises(NoAnswerError, match="no answer within"):
        asked.ask("phrase", run_id="gone", text="a fish")

    assert asked._process is None
