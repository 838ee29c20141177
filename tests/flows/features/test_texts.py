"""Spaces from files of weights, hubs and folders with tokenizers, through a study."""

import os
import shutil

import numpy as np
import pytest

from flows.features.texts import embed_texts
from flows.pictures.find_images import find_images
from flows.questions import asked_texts
from flows.questions.asked_texts import SpaceGoneError, new_text
from flows.questions.published_run import PublishedRun
from flows.study.load import load_study
from flows.study.vocabulary import vocabulary
from sing_core.networks.vision_language import load_space
from tests.support.networks import hub, spaces

FOLDER = 'model = "local-dir:clip"'

TINY = 'model = "Tiny"\ncheckpoint = "{}"'


@pytest.fixture
def embed(fresh):
    """Embed the study's texts as it now stands."""

    def call():
        study = load_study(fresh.study)
        manifest = find_images(study, fresh.root)
        return embed_texts(study, manifest, vocabulary(study.concepts), fresh.root)

    return call


@pytest.fixture
def tiny(fresh, monkeypatch):
    """The world's space as a file of weights for a name of open_clip's."""
    spaces.register(monkeypatch, "Tiny")
    shutil.copy(
        fresh.folder / "clip" / "open_clip_model.safetensors", fresh.folder / "a.safetensors"
    )
    fresh.rewrite(FOLDER, TINY.format("a.safetensors"))
    return fresh.folder / "a.safetensors"


@pytest.mark.usefixtures("tiny")
def test_a_run_over_a_file_of_weights_answers_new_texts(fresh):
    byob = fresh.study.read_text().split("\n[[models]]")[2].split("\n[concepts]")[0]
    fresh.rewrite(f"\n[[models]]{byob}", "")
    outcome = fresh.run()
    run = PublishedRun.named(outcome.run_id, fresh.root)

    told = new_text(run, "a boat on a lake", ("{}",))

    space = load_space(f"local-dir:{fresh.folder / 'clip'}")
    np.testing.assert_allclose(told, space.embed_texts(["a boat on a lake"], ("{}",))[0], atol=1e-6)
    assert [path.name for path in fresh.root.embeddings.iterdir()] == ["Tiny-a"]
    (fresh.folder / "a.safetensors").unlink()
    asked_texts._proved.cache_clear()
    asked_texts._loaded.cache_clear()
    with pytest.raises(SpaceGoneError, match="the space 'Tiny' with .*a.safetensors cannot be"):
        new_text(run, "a boat on a lake", ("{}",))


def test_a_file_of_weights_is_known_by_its_content(fresh, tiny, embed):
    before = embed()
    shutil.move(tiny, fresh.folder / "b.safetensors")
    fresh.rewrite("a.safetensors", "b.safetensors")

    moved = embed()
    spaces.save(fresh.folder / "other", spaces.CLIP, seed=4)
    shutil.move(
        fresh.folder / "other" / "open_clip_model.safetensors", fresh.folder / "b.safetensors"
    )
    other = embed()

    assert moved.forward == before.forward
    assert other.forward != before.forward
    assert other.weights_sha256 != before.weights_sha256


def test_a_repository_with_a_tokenizer_of_its_own(fresh, embed, tmp_path, monkeypatch):
    repository = hub.repository(tmp_path / "hub", "someone/siglip")
    spaces.save(repository, spaces.SIGLIP | {"model_cfg": roomy(spaces.SIGLIP["model_cfg"])})
    spaces.save_tokenizer(hub.repository(tmp_path / "hub", "someone/tokens"))
    hub.offline(tmp_path / "hub", monkeypatch)
    fresh.rewrite(FOLDER, 'model = "hf-hub:someone/siglip"')

    class_texts, concept_texts = embed().arrays()

    assert class_texts.shape == (5, 24)
    assert concept_texts.shape == (5, 24)
    shutil.rmtree(tmp_path / "hub")  # what is stored needs no hub
    np.testing.assert_array_equal(embed().arrays()[0], class_texts)


def roomy(config):
    """The same model with room for longer texts, and no word too many."""
    return config | {"text_cfg": config["text_cfg"] | {"context_length": 16}}


def test_a_space_that_was_stored_normalized_is_embedded_anew(fresh, embed):
    spaces.save(fresh.folder / "coca", spaces.COCA)
    fresh.rewrite("local-dir:clip", "local-dir:coca")

    fresh_key = embed().forward

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.features.texts.was_normalized", lambda _: False)
        assert embed().forward != fresh_key  # that of before


def test_a_pipe_among_a_spaces_files_is_refused_at_once(fresh, embed):
    (fresh.folder / "clip" / "open_clip_model.safetensors").unlink()
    os.mkfifo(fresh.folder / "clip" / "open_clip_model.safetensors")

    with pytest.raises(ValueError, match="open_clip_model.safetensors is not a regular file"):
        embed()
