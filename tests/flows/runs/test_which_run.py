"""Which run a study is: the one that is there, or a new one."""

import shutil

import numpy as np

from flows.features.networks import load_space
from flows.features.texts import reworded_prompts
from flows.pipeline import find_inputs
from flows.runs import which_run
from flows.runs.which_run import run_key
from flows.study.load import load_study
from tests.support import world
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


def test_names_of_folders_are_embedded_as_words_and_the_run_knows(made):
    folder = made.folder / "pictures"
    (folder / "cat").rename(folder / "wild_cat")
    study = load_study(made.study)

    inputs = find_inputs(study, made.root)

    names = ["apple", "boat", "drum", "eel", "wild_cat"]
    assert inputs.manifest.classes.names == names
    class_texts, _ = inputs.texts.arrays()
    words = [f"an image of {word}" for word in ("an apple", "a boat", "a drum", "an eel")]
    (*others, cat) = load_space(study.space).embed_texts(
        [*words, "an image of a wild cat"], ("{}",)
    )
    np.testing.assert_allclose(class_texts, [*others, cat], atol=1e-6)
    # What earlier versions embedded of this name was another text, and another run.
    assert reworded_prompts(study, names, []) == ["an image of a wild cat"]
    assert reworded_prompts(study, list(world.CLASSES), list(world.PHRASES)) == []


def test_prompts_that_were_worded_otherwise_before_are_in_the_key(made_once, made, monkeypatch):
    inputs = find_inputs(load_study(made.study), made.root)
    assert f"small-{run_key(inputs)}" == made_once.outcome.run_id

    monkeypatch.setattr(which_run, "reworded_prompts", lambda *names: ["an image of a wild cat"])

    assert f"small-{run_key(inputs)}" != made_once.outcome.run_id
