"""Files of weights: strict, safe, and the same from either kind of file."""

import argparse
import os
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import head_classes
from sing_core.networks.weights import BadWeightsError, read_state_dict, read_weights
from tests.support.networks import hub
from tests.support.networks.backbones import checkpoint, pictures


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
        # Not print itself: a process in which Ray was has another one.
        return eval, ("print('code from the file has run')",)


@pytest.mark.parametrize("content", [Payload(), argparse.Namespace(a=1)])
def test_a_pickle_of_more_than_weights_is_refused(tmp_path, content, capsys):
    torch.save({"state_dict": {}, "more": content}, tmp_path / "a.pth")
    if isinstance(content, argparse.Namespace):
        # timm's own training checkpoints hold their arguments; those are plain values.
        assert read_state_dict(tmp_path / "a.pth") == {}
        return

    with pytest.raises(BadWeightsError, match=r"\(eval\), and reading that could run code"):
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


def test_plain_values_beside_weights_are_no_code(tmp_path):
    beside = {
        "best": np.float64(76.5), "mean": np.ones(3, np.float32).mean(), "seen": np.int64(9),
        "done": np.bool_(True), "curve": np.arange(3), "out": Path("runs/1"),
    }  # fmt: skip
    torch.save({"state_dict": {"a": torch.ones(2)}, **beside}, tmp_path / "a.pth")

    assert sorted(read_state_dict(tmp_path / "a.pth")) == ["a"]


@pytest.mark.parametrize("before", ["model.", "net.", "module.model.", "_orig_mod.net."])
def test_what_stands_before_all_names_is_taken_off(tmp_path, before):
    state = read_state_dict(checkpoint(tmp_path / "a.safetensors", "test_vit", num_classes=7))
    wrapped = {f"{before}{name}": value for name, value in state.items()}
    torch.save({"state_dict": wrapped, "epoch": 3}, tmp_path / "a.ckpt")

    backbone = load_backbone("test_vit", checkpoint=tmp_path / "a.ckpt")

    assert backbone.n_classes == 7 == head_classes("test_vit", checkpoint=tmp_path / "a.ckpt")
    np.testing.assert_array_equal(backbone.weight, state["head.weight"])


SETS = {
    "state_dict_ema": lambda plain, ema: {"state_dict": plain, "state_dict_ema": ema},
    "model_ema": lambda plain, ema: {"model": plain, "model_ema": ema, "optimizer": {"state": {}}},
    "teacher": lambda plain, ema: {"student": plain, "teacher": ema, "epoch": 3},
}


@pytest.mark.parametrize("key", SETS)
def test_of_two_sets_of_weights_the_named_one_is_taken(tmp_path, key):
    plain, ema = {"a": torch.zeros(2), "b": torch.zeros(1)}, {"module.a": torch.ones(2)}
    held = SETS[key](plain, ema)
    torch.save(held, tmp_path / "a.pth")

    read = read_weights(tmp_path / "a.pth", key)

    assert read.entry == key
    assert read.tensors.keys() == {"a"}
    assert read.tensors["a"].tolist() == [1, 1]
    with pytest.raises(BadWeightsError, match=rf"2 sets of weights, .*{key}.*checkpoint_key"):
        read_weights(tmp_path / "a.pth")
    with pytest.raises(
        BadWeightsError, match=f"no weights at checkpoint_key 'swa'; it has .*{key}"
    ):
        read_weights(tmp_path / "a.pth", "swa")


def test_one_set_of_weights_is_taken_whatever_it_is_called(tmp_path):
    torch.save({"net": {"a": torch.ones(2)}, "acc": 95.2}, tmp_path / "a.pth")
    torch.save({"state_dict": {"a": torch.ones(2)}, "state_dict_ema": None}, tmp_path / "b.pth")

    assert read_weights(tmp_path / "a.pth").entry == "net"
    assert read_weights(tmp_path / "b.pth").entry == "state_dict"
    assert read_weights(tmp_path / "b.pth", "state_dict").entry == "state_dict"


@pytest.mark.parametrize("key", ["ema_model", "state_dict.ema_model"])
def test_weights_among_others_are_asked_for_by_what_stands_before_them(tmp_path, key):
    state = read_state_dict(checkpoint(tmp_path / "a.safetensors", "test_vit", num_classes=7))
    both = {f"model.{name}": value for name, value in state.items()}
    both |= {f"ema_model.module.{name}": value + 1 for name, value in state.items()}
    torch.save({"state_dict": both}, tmp_path / "a.ckpt")

    asked = load_backbone("test_vit", checkpoint=tmp_path / "a.ckpt", checkpoint_key=key)

    assert asked.weights_entry == "state_dict.ema_model"
    np.testing.assert_array_equal(asked.weight, state["head.weight"] + 1)
    with pytest.raises(BadWeightsError, match="after model. and after ema_model.module., so say"):
        load_backbone("test_vit", checkpoint=tmp_path / "a.ckpt")


def test_a_normalization_beside_the_weights_is_not_left_aside_unasked(tmp_path):
    state = read_state_dict(checkpoint(tmp_path / "a.safetensors", "test_vit"))
    wrapped = {f"model.{name}": value for name, value in state.items()}
    save_file(wrapped | {"normalize.mean": torch.zeros(3)}, tmp_path / "b.safetensors")

    with pytest.raises(BadWeightsError, match=r'after model\., so say checkpoint_key = "model"'):
        load_backbone("test_vit", checkpoint=tmp_path / "b.safetensors")

    named = load_backbone("test_vit", checkpoint=tmp_path / "b.safetensors", checkpoint_key="model")
    np.testing.assert_array_equal(named.weight, state["head.weight"])


def test_what_is_no_regular_file_is_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")  # opened, it would wait for a writer for ever

    for path in (tmp_path / "pipe.pth", Path("/dev/zero"), tmp_path):
        with pytest.raises(BadWeightsError, match=f"{path} is not a regular file; need a file of"):
            read_weights(path)
    with pytest.raises(BadWeightsError, match=r"gone\.pth does not exist"):
        read_weights(tmp_path / "gone.pth")


def test_pretrained_weights_come_through_the_hubs_cache(tmp_path, monkeypatch):
    # timm's real way to pretrained weights, from a cache laid out as the hub's client leaves it.
    snapshot = hub.repository(tmp_path, "timm/test_resnet.r160_in1k")
    checkpoint(snapshot / "model.safetensors", "test_resnet")
    hub.offline(tmp_path, monkeypatch)

    backbone = load_backbone("test_resnet.r160_in1k")

    stored = read_state_dict(snapshot / "model.safetensors")
    np.testing.assert_array_equal(backbone.weight, stored["fc.weight"])
    assert prove(backbone, pictures(backbone)) < 1e-4
