"""Where the embedding of an asked text comes from, and when there is none."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from flows.features.networks import NoTextModelError
from flows.questions import asked_texts
from flows.questions.asked_texts import SpaceGoneError, new_text
from flows.questions.score_phrase import score_phrase
from flows.questions.steer_pictures import steer_pictures
from tests.flows.questions.asked import NEW, embedded


@pytest.fixture
def no_model(monkeypatch):
    def load(*_):
        raise AssertionError("no model is needed for this")

    monkeypatch.setattr(asked_texts.vision_language, "load_space", load)
    asked_texts._proved.cache_clear()
    asked_texts._loaded.cache_clear()


def test_what_the_run_has_stored_needs_no_model(run, no_model):
    assert len(score_phrase(run.run_id, " stripes ", run.root)) == 10
    assert len(steer_pictures(run.run_id, "byob", "cat", "eel", 30, run.root)["steps"]) == 5


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
