import pytest

from dashboards.beside import NoAnswerError
from dashboards.page.live import _live


def test_a_question_that_has_no_answer_says_why(full):
    asked = _live(str(full.path))
    try:
        with pytest.raises(NoAnswerError, match="no run or study 'gone'"):
            asked.ask("phrase", run_id="gone", text="a fish")
    finally:
        asked.stop()
