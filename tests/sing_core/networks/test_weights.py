"""Files of weights: strict, safe, and the same from either kind of file."""

import argparse

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import head_classes
from sing_core.networks.weights import BadWeightsError, read_state_dict
from tests.support.backbones import checkpoint, pictures


def test_weights_must_match_key_by_key(tmp_path):
    state = timm.create_model("test_vit").state_dict()
    state["stray"] = state.pop("norm.weight")
    save_file(state, tmp_path / "a.safetensors")

    with pytest.raises(
        BadWeightsError, match=r"1 keys missing \(first: norm.weight\); 1 keys left over \(first: s"
    ):
        load_backbone("test_vit", checkpoint=tmp_path / "a.safetensors")


def test_a_checkpoint_of_another_width_is_refused(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_vit2")

    with pytest.raises(BadWeightsError, match="do not match"):
        load_backbone("test_vit", checkpoint=path)


def test_a_torch_file_of_weights_gives_the_same_backbone(tmp_path):
    safe = checkpoint(tmp_path / "a.safetensors", "test_resnet", num_classes=7)
    torch.save({"state_dict": read_state_dict(safe)}, tmp_path / "a.pth")

    one = load_backbone("test_resnet", checkpoint=safe)
    other = load_backbone("test_resnet", checkpoint=tmp_path / "a.pth")

    assert one.weights_sha256 == other.weights_sha256
    np.testing.assert_array_equal(one.weight, other.weight)
    assert one.n_classes == 7 == head_classes("test_resnet", checkpoint=safe, head=None)


class Payload:
    def __reduce__(self):
        return print, ("code from the file has run",)


@pytest.mark.parametrize("content", [Payload(), argparse.Namespace(a=1)])
def test_a_pickle_of_more_than_weights_is_refused(tmp_path, content, capsys):
    torch.save({"state_dict": {}, "more": content}, tmp_path / "a.pth")
    if isinstance(content, argparse.Namespace):
        # timm's own training checkpoints hold their arguments; those are plain values.
        assert read_state_dict(tmp_path / "a.pth") == {}
        return

    with pytest.raises(BadWeightsError, match="would run code from the file"):
        read_state_dict(tmp_path / "a.pth")

    assert "code from the file" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
def test_a_broken_file_of_weights_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"not weights")

    with pytest.raises(BadWeightsError, match=name):
        read_state_dict(tmp_path / name)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_weights_are_noted_and_run_in_single(tmp_path, dtype):
    safe = checkpoint(tmp_path / "a.safetensors", "test_resnet")
    state = {
        key: value.to(dtype) if value.is_floating_point() else value
        for key, value in read_state_dict(safe).items()
    }
    save_file(state, tmp_path / "half.safetensors")

    backbone = load_backbone("test_resnet", checkpoint=tmp_path / "half.safetensors")

    assert backbone.storage_dtype == str(dtype).removeprefix("torch.")
    assert prove(backbone, pictures(backbone)) < 1e-3


def test_pretrained_weights_come_through_the_hubs_cache(tmp_path, monkeypatch):
    # timm's real way to pretrained weights, from a cache laid out as the hub's client leaves it.
    import huggingface_hub.constants as constants

    repository = tmp_path / "models--timm--test_resnet.r160_in1k"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    checkpoint(snapshot / "model.safetensors", "test_resnet")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    backbone = load_backbone("test_resnet.r160_in1k")

    stored = read_state_dict(snapshot / "model.safetensors")
    np.testing.assert_array_equal(backbone.weight, stored["fc.weight"])
    assert prove(backbone, pictures(backbone)) < 1e-4
