import argparse

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from sing_core.networks.backbones import Backbone, load_backbone, prove
from sing_core.networks.heads import UnsupportedBackboneError, head_classes
from sing_core.networks.weights import BadWeightsError, read_state_dict

# One slim member a family: full width is not needed to see whether features and head are found.
FAMILIES = {
    "resnet10t": {},
    "resnetv2_50x1_bit": {},
    "resnext50_32x4d": {"layers": [1, 1, 1, 1]},
    "efficientnet_b0": {},
    "mobilenetv3_small_050": {},
    "convnext_atto": {"depths": [1, 1, 1, 1]},
    "vit_tiny_patch16_224": {"depth": 2},
    "vit_base_patch16_224_miil": {"depth": 1, "embed_dim": 96, "num_heads": 3},
    "vit_medium_patch16_gap_240": {"depth": 1},
    "swin_tiny_patch4_window7_224": {"depths": [1, 1, 1, 1]},
    "deit3_small_patch16_224": {"depth": 1},
    "eva02_tiny_patch14_224": {"depth": 1},
    "densenet121": {"block_config": [1, 1, 1, 1], "growth_rate": 16},
    "vgg11": {"mlp_ratio": 0.05},
    "mobilenetv4_conv_small_035": {},
    "test_byobnet": {},
}


def pictures(backbone: Backbone, n=3):
    rng = np.random.default_rng(1)
    drawn = [Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)) for _ in range(n)]
    return torch.stack([backbone.transform(picture) for picture in drawn])


def checkpoint(path, name, seed=0, **args):
    torch.manual_seed(seed)
    model = timm.create_model(name, **args)
    # Fresh heads are near zero; real ones are not.
    for parameter in model.get_classifier().parameters():
        torch.nn.init.normal_(parameter)
    save_file(model.state_dict(), path)
    return path


@pytest.mark.parametrize("name", FAMILIES)
def test_features_and_head_give_the_models_own_logits(tmp_path, name):
    args = FAMILIES[name] | {"num_classes": 12}
    path = checkpoint(tmp_path / "a.safetensors", name, **args)

    backbone = load_backbone(name, checkpoint=path, args=FAMILIES[name])
    batch = pictures(backbone)
    apart = prove(backbone, batch)

    # By another route: a hook on the head's input, and the head's own parameters.
    layer, seen = backbone.module.get_classifier(), []
    hook = layer.register_forward_pre_hook(lambda _, given: seen.append(given[0].flatten(1)))
    logits = backbone.logits(batch)
    hook.remove()
    features = backbone.features(batch)
    assert apart < 1e-4 * max(1, np.abs(logits).max())
    assert backbone.n_classes == 12 == logits.shape[1]
    np.testing.assert_allclose(features, seen[0].numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(backbone.weight, layer.weight.detach().flatten(1).numpy())


def test_a_head_of_two_parts_is_refused(tmp_path):
    model = timm.create_model("deit_tiny_distilled_patch16_224", depth=1, num_classes=12)
    save_file(model.state_dict(), tmp_path / "a.safetensors")

    with pytest.raises(UnsupportedBackboneError, match="2 heads, whose logits it averages"):
        load_backbone(
            "deit_tiny_distilled_patch16_224",
            checkpoint=tmp_path / "a.safetensors",
            args={"depth": 1, "num_classes": 12},
        )


def test_a_model_without_a_head_is_refused(tmp_path):
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "a.safetensors")

    with pytest.raises(UnsupportedBackboneError, match="head of type Identity"):
        load_backbone("test_vit", checkpoint=tmp_path / "a.safetensors", args={"num_classes": 0})


def test_features_that_are_not_the_heads_input_are_caught(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_vit")
    backbone = load_backbone("test_vit", checkpoint=path)
    original = backbone.module.forward_head
    backbone.module.forward_head = lambda x, pre_logits=False: (
        original(x, pre_logits=True) * 1.01 if pre_logits else original(x)
    )

    with pytest.raises(UnsupportedBackboneError, match="differs from the model's own logits"):
        prove(backbone, pictures(backbone))


@pytest.mark.parametrize(("value", "said"), [(float("nan"), "NaN or infinity"), (None, "as int8")])
def test_a_head_that_is_no_head_is_told(tmp_path, value, said):
    state = read_state_dict(checkpoint(tmp_path / "a.safetensors", "test_resnet"))
    if value is None:
        state["fc.weight"] = state["fc.weight"].to(torch.int8)
    else:
        state["fc.bias"][3] = value
    save_file(state, tmp_path / "a.safetensors")

    with pytest.raises(BadWeightsError, match=said):
        load_backbone("test_resnet", checkpoint=tmp_path / "a.safetensors")


def test_arguments_that_timm_does_not_know_are_told(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet")

    with pytest.raises(UnsupportedBackboneError, match="cannot build test_resnet with args.*bogus"):
        load_backbone("test_resnet", checkpoint=path, args={"bogus": 1})


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


def test_a_separate_head_over_class_and_patch_tokens(tmp_path):
    torch.manual_seed(0)
    model = timm.create_model("test_vit", num_classes=0, img_size=160)
    save_file(model.state_dict(), tmp_path / "backbone.safetensors")
    weight, bias = torch.randn(5, 128), torch.randn(5)
    torch.save({"weight": weight, "bias": bias}, tmp_path / "head.pth")

    backbone = load_backbone(
        "test_vit",
        checkpoint=tmp_path / "backbone.safetensors",
        head=tmp_path / "head.pth",
        head_input="class+mean_patch",
    )
    batch = pictures(backbone)

    tokens = backbone.module.forward_features(batch).detach()
    joined = np.concatenate([tokens[:, 0], tokens[:, 1:].mean(1)], axis=1)
    np.testing.assert_allclose(backbone.features(batch), joined, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(backbone.weight, weight)
    assert np.isnan(prove(backbone, batch))


def test_a_separate_head_must_fit_the_features(tmp_path):
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "b.safetensors")
    torch.save({"weight": torch.randn(5, 128)}, tmp_path / "head.pth")

    with pytest.raises(UnsupportedBackboneError, match="takes 128 features and timm's test_vit gi"):
        load_backbone("test_vit", checkpoint=tmp_path / "b.safetensors", head=tmp_path / "head.pth")


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


def test_features_for_a_separate_head_are_tokens_after_the_last_norm(tmp_path):
    # By another route: hooks on the blocks, and the norm applied by hand.
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", num_classes=0, depth=5, img_size=48)
    for parameter in model.norm.parameters():
        torch.nn.init.normal_(parameter)  # as made, it does nothing that would be missed
    save_file(model.state_dict(), tmp_path / "backbone.safetensors")
    args = {"depth": 5, "img_size": 48, "pretrained_cfg_overlay": {"input_size": [3, 48, 48]}}

    def load(head_input, width):
        torch.save({"weight": torch.randn(5, width), "bias": torch.randn(5)}, tmp_path / "head.pth")
        return load_backbone(
            "vit_tiny_patch16_224",
            checkpoint=tmp_path / "backbone.safetensors",
            head=tmp_path / "head.pth",
            head_input=head_input,
            args=args,
        )

    joined = load("class+mean_patch", 2 * 192)
    batch = pictures(joined)
    blocks = []
    hooks = [
        block.register_forward_hook(lambda _, given, tokens: blocks.append(tokens.detach()))
        for block in joined.module.blocks
    ]
    joined.module(batch)
    for hook in hooks:
        hook.remove()
    norm = model.norm
    scale, shift = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    normed = []
    for tokens in (block.numpy().astype(np.float64) for block in blocks):
        apart = tokens - tokens.mean(axis=2, keepdims=True)
        deviation = np.sqrt(tokens.var(axis=2, keepdims=True) + norm.eps)
        normed.append(apart / deviation * scale + shift)
    of_class, of_patches = normed[-1][:, 0], normed[-1][:, 1:].mean(axis=1)
    in_turn = np.empty((3, 2 * 192))
    in_turn[:, 0::2], in_turn[:, 1::2] = of_class, of_patches

    expected = {
        "pooled": of_class,
        "class+mean_patch": np.concatenate([of_class, of_patches], axis=1),
        "class+mean_patch_interleaved": in_turn,
        "last_4_class_tokens": np.concatenate([n[:, 0] for n in normed[-4:]], axis=1),
    }
    for head_input, features in expected.items():
        backbone = load(head_input, features.shape[1])
        np.testing.assert_allclose(backbone.features(batch), features, rtol=1e-4, atol=1e-5)
        assert np.isnan(prove(backbone, batch))


@pytest.mark.parametrize(
    ("name", "args", "head_input", "said"),
    [
        (
            "test_resnet",
            {},
            "class+mean_patch",
            "test_resnet has no class token, so",
        ),
        ("test_vit", {"depth": 2}, "last_4_class_tokens", "test_vit has only 2 blocks"),
    ],
)
def test_a_model_without_the_tokens_that_a_head_takes_is_refused(
    tmp_path, name, args, head_input, said
):
    state = timm.create_model(name, num_classes=0, **args).state_dict()
    save_file(state, tmp_path / "backbone.safetensors")
    torch.save({"weight": torch.randn(5, 128)}, tmp_path / "head.pth")

    with pytest.raises(UnsupportedBackboneError, match=said):
        load_backbone(
            name,
            checkpoint=tmp_path / "backbone.safetensors",
            head=tmp_path / "head.pth",
            head_input=head_input,
            args=args,
        )


def test_a_separate_head_may_lie_in_a_training_checkpoint(tmp_path):
    # As DINO's training script saves its linear layer: nested, and wrapped for several GPUs.
    layer = torch.nn.Linear(64, 5)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    wrapped = {f"module.linear.{name}": value for name, value in layer.state_dict().items()}
    training = {"epoch": 100, "optimizer": optimizer.state_dict(), "best_acc": 77.0}
    torch.save({"state_dict": wrapped, **training}, tmp_path / "head.pth")
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "b.safetensors")

    backbone = load_backbone(
        "test_vit", checkpoint=tmp_path / "b.safetensors", head=tmp_path / "head.pth"
    )

    np.testing.assert_array_equal(backbone.weight, layer.weight.detach().numpy())
    np.testing.assert_array_equal(backbone.bias, layer.bias.detach().numpy())
