"""Which run a study is: the one that is there, or a new one."""

import shutil

from tests.support.stored import stored


def test_an_unchanged_study_does_no_work(made):
    made.run()  # the copied pictures are looked at once
    before = stored(made)

    outcome = made.run()

    assert not outcome.worked
    assert stored(made) == before


def test_history_stays_and_latest_is_the_newest(made):
    first = made.rows("select run_id from latest.runs")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    second = made.rows("select run_id from latest.runs")
    assert first != second
    assert len(made.rows("from main.runs where status = 'finished'")) == 2
    assert len(made.rows("from main.model_scores")) == 4
    assert len(made.rows("from latest.model_scores")) == 2


def test_going_back_to_an_earlier_study_is_a_new_run(made):
    original = made.rows("select run_id from latest.runs")[0]["run_id"]
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()
    made.rewrite("bootstrap_draws = 300", "bootstrap_draws = 200")

    outcome = made.run()

    assert outcome.worked
    assert outcome.run_id == f"{original}-2"
    assert made.rows("select run_id from latest.runs") == [{"run_id": outcome.run_id}]
    assert not made.run().worked


def test_moving_everything_elsewhere_changes_nothing(made, tmp_path):
    shutil.move(made.folder, tmp_path / "moved")
    made.study, made.root = (
        tmp_path / "moved" / "study.toml",
        type(made.root)(tmp_path / "moved" / "data"),
    )

    assert not made.run().worked
