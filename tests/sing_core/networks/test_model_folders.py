"""Models that come with their weights: folders as timm saves them, and a hub's repositories."""

import json

import numpy as np
import pytest
import timm
import torch
from timm.models import save_for_hf

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import UnsupportedBackboneError, head_classes
from sing_core.networks.model_folders import architecture_in, folder_of, weights_file
from sing_core.networks.weights import BadWeightsError, UnnamedWeightsError
from tests.support.networks import hub
from tests.support.networks.backbones import pictures


def save(folder, seed=0):
    """Save a fine-tuned model as timm does for its hub; returns its head."""
    torch.manual_seed(seed)
    model = timm.create_model("test_resnet", num_classes=7)
    torch.nn.init.normal_(model.fc.weight)
    own = {**model.pretrained_cfg, "input_size": [3, 64, 64], "mean": [0.25, 0.5, 0.75]}
    model.pretrained_cfg = own
    save_for_hf(model, folder, model_config={"num_classes": 7}, safe_serialization=True)
    return model.fc.weight.detach().numpy()


def test_a_folder_brings_its_weights_classes_and_preprocessing(tmp_path):
    head = save(tmp_path / "tuned")
    name = f"local-dir:{tmp_path / 'tuned'}"

    backbone = load_backbone(name)

    np.testing.assert_array_equal(backbone.weight, head)
    assert backbone.n_classes == 7 == head_classes(name)
    assert pictures(backbone).shape == (3, 3, 64, 64)
    assert "mean=tensor([0.2500, 0.5000, 0.7500])" in backbone.preprocessing
    assert prove(backbone, pictures(backbone)) < 1e-4
    assert architecture_in(folder_of(name)) == "test_resnet"
    assert folder_of("test_resnet") is None


def test_a_repository_of_the_hub_is_the_same_model(tmp_path, monkeypatch):
    head = save(hub.repository(tmp_path, "someone/tuned"))
    other = save(hub.repository(tmp_path, "someone/other", revision="v2"), seed=1)
    hub.offline(tmp_path, monkeypatch)

    backbone = load_backbone("hf-hub:someone/tuned")
    revision = load_backbone("hf-hub:someone/other@v2")

    np.testing.assert_array_equal(backbone.weight, head)
    np.testing.assert_array_equal(revision.weight, other)
    assert pictures(backbone).shape == (3, 3, 64, 64)
    assert prove(backbone, pictures(backbone)) < 1e-4
    assert head_classes("hf-hub:someone/tuned") is None


def test_a_repository_that_is_not_in_the_cache_is_told(tmp_path, monkeypatch):
    hub.offline(tmp_path, monkeypatch)

    with pytest.raises(
        UnsupportedBackboneError, match="timm cannot build hf-hub:someone/gone"
    ) as e:
        load_backbone("hf-hub:someone/gone")
    assert "\n" not in str(e.value)


def test_a_folder_without_what_it_needs_is_told(tmp_path):
    save(tmp_path / "a")
    (tmp_path / "a" / "model.safetensors").unlink()

    with pytest.raises(BadWeightsError, match="a needs one file of weights, .* and holds none"):
        weights_file(tmp_path / "a")
    for name in ("one.pth", "two.pth"):
        torch.save({}, tmp_path / "a" / name)
    with pytest.raises(BadWeightsError, match=r"holds several \(one.pth, two.pth\)"):
        load_backbone(f"local-dir:{tmp_path / 'a'}")
    (tmp_path / "a" / "config.json").write_text("{}")
    with pytest.raises(BadWeightsError, match=r"config.json does not say the architecture"):
        architecture_in(tmp_path / "a")
    (tmp_path / "a" / "config.json").write_text("{")
    with pytest.raises(BadWeightsError, match=r"config.json cannot be read as JSON"):
        architecture_in(tmp_path / "a")
    with pytest.raises(BadWeightsError, match=r"b holds no config.json"):
        architecture_in(tmp_path / "b")


def test_a_folder_with_two_sets_of_weights_is_asked_about(tmp_path):
    head = save(tmp_path / "a")
    (tmp_path / "a" / "model.safetensors").unlink()
    plain = timm.create_model("test_resnet", num_classes=7).state_dict()
    ema = plain | {"fc.weight": torch.tensor(head)}
    torch.save({"state_dict": plain, "state_dict_ema": ema}, tmp_path / "a" / "model.pth")

    with pytest.raises(UnnamedWeightsError, match="state_dict_ema and state_dict; say"):
        load_backbone(f"local-dir:{tmp_path / 'a'}")

    named = load_backbone(f"local-dir:{tmp_path / 'a'}", checkpoint_key="state_dict_ema")
    np.testing.assert_array_equal(named.weight, head)
    assert named.weights_entry == "state_dict_ema"


def test_a_folder_of_the_older_form_is_read(tmp_path):
    head = save(tmp_path / "a")
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    flat = config["pretrained_cfg"] | {"architecture": "test_resnet", "num_classes": 7}
    (tmp_path / "a" / "config.json").write_text(json.dumps(flat))

    np.testing.assert_array_equal(load_backbone(f"local-dir:{tmp_path / 'a'}").weight, head)
