import shutil

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from sing_core.networks.model_folders import folder_digest
from sing_core.networks.spaces import needs_quick_gelu
from sing_core.networks.vision_language import (
    TooLongTextError,
    load_space,
)
from sing_core.networks.weights import BadWeightsError
from tests.support import world


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space") / "clip"
    world.save_space(folder)
    return folder


@pytest.fixture(scope="module")
def space(folder):
    return load_space(f"local-dir:{folder}")


def test_image_features_are_the_models_own_and_not_normalized(space, rng):
    picture = Image.fromarray(rng.integers(0, 256, (40, 70, 3), np.uint8))
    batch = torch.stack([space.transform(picture)] * 2)

    features = space.features(batch)

    with torch.no_grad():
        expected = space.module.encode_image(batch, normalize=False)
    np.testing.assert_array_equal(features, expected)
    assert abs(np.linalg.norm(features[0]) - 1) > 0.01


def test_templates_are_averaged_after_normalizing(space):
    templates = ("an image of a {}", "{} in the wild")

    owl, apple = space.embed_texts(["owl", "apple"], templates)

    sentences = ["an image of an apple", "apple in the wild"]
    with torch.no_grad():
        parts = space.module.encode_text(space.tokenizer(sentences)).double().numpy()
    mean = (parts / np.linalg.norm(parts, axis=1, keepdims=True)).mean(axis=0)
    # Two sentences instead of four at once: float32 sums of another order, each good to 6e-8 of
    # its terms, through two layers.
    np.testing.assert_allclose(apple, mean / np.linalg.norm(mean), atol=1e-6)
    assert np.linalg.norm(owl) == pytest.approx(1)
    assert not np.allclose(owl, apple)


def test_a_text_that_would_be_cut_is_refused(space):
    most = space.tokenizer(["x"]).shape[1]

    with pytest.raises(TooLongTextError, match=f"longer than the {most} tokens"):
        space.embed_texts(["short", "fish " * most], ("an image of a {}",))


def test_a_space_without_weights_is_refused_and_not_filled_with_noise(folder, tmp_path):
    shutil.copy(folder / "open_clip_config.json", tmp_path)

    with pytest.raises(BadWeightsError, match="cannot be loaded"):
        load_space(f"local-dir:{tmp_path}")


def test_a_space_with_broken_weights_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "clip")
    (tmp_path / "clip" / "open_clip_model.safetensors").write_bytes(b"broken")

    with pytest.raises(BadWeightsError, match="cannot be loaded"):
        load_space(f"local-dir:{tmp_path / 'clip'}")


def test_a_folder_is_known_by_the_content_of_its_files(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "clip")
    assert folder_digest(tmp_path / "clip") == folder_digest(folder)

    (tmp_path / "clip" / "open_clip_config.json").write_text("{}")

    assert folder_digest(tmp_path / "clip") != folder_digest(folder)


def test_the_digest_is_of_the_weights(space, folder):
    assert load_space(f"local-dir:{folder}").weights_sha256 == space.weights_sha256


def test_weights_get_the_activation_that_they_were_trained_with(monkeypatch):
    # CLIP's own report: all of OpenAI's were trained with QuickGELU.
    assert needs_quick_gelu("ViT-L-14", "openai")
    assert not needs_quick_gelu("ViT-L-14-quickgelu", "openai")
    assert not needs_quick_gelu("ViT-L-14", "laion2b_s32b_b82k")
    assert not needs_quick_gelu("local-dir:clip", None)

    asked = {}

    def no_download(model, **given):
        asked.update(given)
        raise RuntimeError("no download in tests")

    monkeypatch.setattr(open_clip, "create_model_from_pretrained", no_download)
    with pytest.raises(BadWeightsError, match="no download in tests"):
        load_space("ViT-L-14", "openai")
    assert asked["force_quick_gelu"] is True
