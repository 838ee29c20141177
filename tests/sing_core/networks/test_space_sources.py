"""Spaces from folders, hubs and files of weights, with open_clip's tokenizer or their own."""

import json
import os
import shutil
import sys

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from sing_core.networks.random_weights import save_space
from sing_core.networks.spaces import was_normalized
from sing_core.networks.vision_language import TooLongTextError, load_space
from sing_core.networks.weights import BadWeightsError
from tests.support import world
from tests.support.networks import hub, spaces

TEMPLATES = ("an image of a {}",)


@pytest.fixture(scope="module")
def siglip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space") / "siglip"
    spaces.save(folder, spaces.SIGLIP)
    spaces.save_tokenizer(folder)
    return folder


@pytest.fixture
def picture(rng):
    return Image.fromarray(rng.integers(0, 256, (40, 70, 3), np.uint8))


def test_a_folder_with_a_tokenizer_of_its_own(siglip, picture):
    space = load_space(f"local-dir:{siglip}")

    owl, _ = space.embed_texts(["owl", "apple"], TEMPLATES)

    words = torch.tensor([[3, 4, 5, 3, 7, 0, 1, 1]])  # an image of an owl, the end, twice nothing
    with torch.no_grad():
        own = space.module.encode_text(words)[0].double().numpy()
    np.testing.assert_allclose(owl, own / np.linalg.norm(own), atol=1e-6)
    # All of the picture, squashed into the square.
    squashed = np.asarray(picture.resize((32, 32), Image.Resampling.BICUBIC)) / 255
    expected = (squashed.transpose(2, 0, 1) - 0.5) / 0.25
    np.testing.assert_allclose(space.transform(picture).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("noted", [True, False])
def test_a_repository_whose_tokenizer_is_another_repository(
    siglip, tmp_path, monkeypatch, picture, noted
):
    repository = hub.repository(tmp_path, "someone/siglip")
    for name in ("open_clip_config.json", "open_clip_model.safetensors"):
        shutil.copy(siglip / name, repository)
    # With tokenizers alone, as the repositories of SigLIP for open_clip are.
    lacking = ("config.json",) if noted else ()
    tokens = hub.repository(tmp_path, "someone/tokens", lacking=lacking)
    spaces.save_tokenizer(tokens)
    hub.offline(tmp_path, monkeypatch)

    fetched, local = load_space("hf-hub:someone/siglip"), load_space(f"local-dir:{siglip}")

    assert fetched.weights_sha256 == local.weights_sha256
    assert fetched.preprocessing == local.preprocessing
    np.testing.assert_array_equal(
        fetched.embed_texts(["owl"], TEMPLATES), local.embed_texts(["owl"], TEMPLATES)
    )
    batch = torch.stack([local.transform(picture)])
    np.testing.assert_array_equal(fetched.features(batch), local.features(batch))


def test_what_is_not_in_the_cache_is_told(siglip, tmp_path, monkeypatch):
    repository = hub.repository(tmp_path, "someone/siglip")
    for name in ("open_clip_config.json", "open_clip_model.safetensors"):
        shutil.copy(siglip / name, repository)
    hub.offline(tmp_path, monkeypatch)

    with pytest.raises(BadWeightsError, match="'hf-hub:someone/gone' cannot be loaded"):
        load_space("hf-hub:someone/gone")
    with pytest.raises(
        BadWeightsError, match="'hf-hub:someone/siglip' cannot be loaded: its tokenizer s"
    ):
        load_space("hf-hub:someone/siglip")


def test_a_folder_without_the_tokenizer_that_it_needs_is_told(siglip, tmp_path):
    for name in ("open_clip_config.json", "open_clip_model.safetensors"):
        shutil.copy(siglip / name, tmp_path)

    with pytest.raises(BadWeightsError, match="needs the tokenizer someone/tokens and holds none"):
        load_space(f"local-dir:{tmp_path}")


def test_a_tokenizer_without_the_package_that_reads_it_is_told(siglip, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)

    with pytest.raises(BadWeightsError, match=r"pip install 'sing-null-space\[tokenizers\]'"):
        load_space(f"local-dir:{siglip}")


def test_a_folder_with_a_pipe_in_it_is_refused_unopened(tmp_path):
    world.save_space(tmp_path / "clip")
    (tmp_path / "clip" / "open_clip_model.safetensors").unlink()
    os.mkfifo(tmp_path / "clip" / "open_clip_model.safetensors")

    with pytest.raises(BadWeightsError, match="open_clip_model.safetensors is not a regular file"):
        load_space(f"local-dir:{tmp_path / 'clip'}")


@pytest.mark.parametrize("form", ["usual", "siglip"])
def test_a_text_is_too_long_from_the_first_token_that_is_cut(siglip, tmp_path, form):
    folder = siglip
    if form == "usual":
        folder = tmp_path / "clip"
        world.save_space(folder)
    space = load_space(f"local-dir:{folder}")
    # 16 tokens less a start and an end; 8 less an end.
    most = 14 if form == "usual" else 7

    (embedded,) = space.embed_texts(["fish " * most], ("{}",))

    assert np.linalg.norm(embedded) == pytest.approx(1)
    with pytest.raises(TooLongTextError, match=f"longer than the {16 if most == 14 else 8} tokens"):
        space.embed_texts(["short", "fish " * (most + 1)], ("{}",))


def test_a_file_of_weights_for_a_known_model(tmp_path, monkeypatch, picture):
    spaces.register(monkeypatch, "Tiny")
    world.save_space(tmp_path / "clip")
    state = load_file(tmp_path / "clip" / "open_clip_model.safetensors")
    wrapped = {f"module.{name}": value for name, value in state.items()}
    torch.save({"epoch": 3, "state_dict": wrapped}, tmp_path / "epoch_3.pt")

    space = load_space("Tiny", checkpoint=tmp_path / "epoch_3.pt")

    local = load_space(f"local-dir:{tmp_path / 'clip'}")
    assert space.weights_sha256 == local.weights_sha256
    assert "Resize(size=(32, 32)" in space.preprocessing  # squashed
    assert "std=(0.5, 0.5, 0.5)" in space.preprocessing
    assert f"mean={open_clip.OPENAI_DATASET_MEAN}" in space.preprocessing
    with pytest.raises(BadWeightsError, match=r"'Tiny' with .*gone.pt cannot be loaded"):
        load_space("Tiny", checkpoint=tmp_path / "gone.pt")


def test_embeddings_are_not_normalized_whatever_the_model(tmp_path, picture):
    spaces.save(tmp_path / "coca", spaces.COCA)
    world.save_space(tmp_path / "clip")
    space = load_space(f"local-dir:{tmp_path / 'coca'}")
    batch = torch.stack([space.transform(picture)])

    features = space.features(batch)

    with torch.no_grad():
        pooled, _ = space.module.visual(batch)
    np.testing.assert_array_equal(features, pooled.numpy())
    assert abs(np.linalg.norm(features[0]) - 1) > 0.01
    assert was_normalized(f"local-dir:{tmp_path / 'coca'}")
    assert was_normalized("coca_ViT-L-14")
    assert not was_normalized(f"local-dir:{tmp_path / 'clip'}")
    assert not was_normalized("ViT-L-14")
    (tmp_path / "clip" / "open_clip_config.json").write_text("{")
    assert not was_normalized(f"local-dir:{tmp_path / 'clip'}")


def test_a_rehearsal_takes_the_tokenizer_along(siglip, tmp_path):
    save_space(tmp_path / "random", f"local-dir:{siglip}", None)

    space = load_space(f"local-dir:{tmp_path / 'random'}")

    assert space.tokenizer(["an owl"]).tolist() == [[3, 7, 0, 1, 1, 1, 1, 1]]
    config = json.loads((tmp_path / "random" / "open_clip_config.json").read_text())
    assert config["preprocess_cfg"] == spaces.SIGLIP["preprocess_cfg"]


def test_weights_of_another_model_are_refused(siglip, tmp_path):
    shutil.copytree(siglip, tmp_path / "a")
    save_file({"stray": torch.zeros(2)}, tmp_path / "a" / "open_clip_model.safetensors")

    with pytest.raises(BadWeightsError, match="cannot be loaded"):
        load_space(f"local-dir:{tmp_path / 'a'}")
