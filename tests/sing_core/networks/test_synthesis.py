"""Drawing embeddings, with a tiny decoder of random weights."""

import sys

import numpy as np
import pytest
import torch

from sing_core.networks.synthesis import SynthesisError, load_decoder, match_norm


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from tests.support import decoder

    return load_decoder(decoder.save(tmp_path_factory.mktemp("decoder")))


def pixels(picture):
    return np.asarray(picture).astype(int)


def test_a_picture_is_the_pipelines_own_with_the_papers_settings(tiny, rng):
    embedding = rng.normal(size=24)
    noise = torch.Generator().manual_seed(7)

    drawn = tiny.draw(embedding, seed=7)

    own = tiny.pipeline(
        image_embeddings=torch.tensor(embedding[None], dtype=torch.float32),
        decoder_num_inference_steps=25,
        super_res_num_inference_steps=7,
        decoder_guidance_scale=8.0,
        generator=noise,
    )
    np.testing.assert_array_equal(pixels(drawn), pixels(own.images[0]))


def test_every_step_is_made(tiny, rng):
    calls = {"decoder": [], "super_res_first": [], "super_res_last": []}
    hooks = [
        getattr(tiny.pipeline, name).register_forward_pre_hook(
            lambda _module, _args, named, seen=seen: seen.append(len(named["sample"])),
            with_kwargs=True,
        )
        for name, seen in calls.items()
    ]

    tiny.draw(rng.normal(size=24))

    for hook in hooks:
        hook.remove()
    # Guidance needs each step of the decoder twice: with and without the embedding.
    assert calls == {"decoder": [2] * 25, "super_res_first": [1] * 6, "super_res_last": [1]}


def test_pictures_differ_by_embedding_and_seed_alone(tiny, rng):
    one, other = rng.normal(size=(2, 24))

    again = [pixels(tiny.draw(embedding)) for embedding in (one, other, one)]

    np.testing.assert_array_equal(again[0], again[2])
    assert (again[0] != again[1]).any()
    assert (pixels(tiny.draw(one, seed=1)) != again[0]).any()


def test_equivalents_are_as_long_as_their_originals():
    matched = match_norm(np.array([[0.0, 2.0], [1.0, 1.0]]), np.array([[3.0, 4.0], [0.0, -8.0]]))

    np.testing.assert_allclose(matched, [[0, 5], [32**0.5, 32**0.5]])


def test_another_space_is_told(tiny):
    with pytest.raises(SynthesisError, match="embeddings of 24 values and these have 23; Karlo"):
        tiny.draw(np.ones(23))


def test_a_missing_decoder_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(SynthesisError, match="the decoder .*nowhere cannot be loaded"):
        load_decoder(tmp_path / "nowhere")


def test_a_missing_extra_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)

    with pytest.raises(SynthesisError, match=r"pip install 'sing-null-space\[synthesis\]'"):
        load_decoder()
