"""Heads that are found, refused, or given beside a backbone."""

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import UnsupportedBackboneError, head_classes
from sing_core.networks.weights import BadWeightsError, read_state_dict
from tests.support.networks.backbones import checkpoint, pictures


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("deit_tiny_distilled_patch16_224", {"depth": 1}),
        ("pit_ti_distilled_224", {}),
    ],
)
def test_two_heads_on_two_tokens_are_refused(tmp_path, name, args):
    model = timm.create_model(name, **args, num_classes=12)  # fine-tuned: timm's has 1000
    save_file(model.state_dict(), tmp_path / "a.safetensors")

    backbone = load_backbone(name, checkpoint=tmp_path / "a.safetensors", args=args)

    with pytest.raises(UnsupportedBackboneError, match="as where two heads take two tokens"):
        prove(backbone, pictures(backbone, 2))
    assert head_classes(name, checkpoint=tmp_path / "a.safetensors") == 12


def test_one_logit_tells_two_classes_by_its_sign(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet", num_classes=1)

    backbone = load_backbone("test_resnet", checkpoint=path)
    batch = pictures(backbone, 8)
    backbone.bias[1] -= np.median(backbone.module(batch).detach().numpy())
    backbone.module.fc.bias.data[:] = torch.tensor(backbone.bias[1:])

    z = backbone.module(batch).detach().numpy()[:, 0]
    logits = backbone.features(batch) @ backbone.weight.T + backbone.bias
    assert backbone.n_classes == 2 == head_classes("test_resnet", checkpoint=path)
    assert prove(backbone, batch) < 1e-4
    np.testing.assert_array_equal(logits.argmax(axis=1), z > 0)
    assert 0 < (z > 0).sum() < 8
    # Binary cross-entropy's sigmoid is the softmax of the two.
    softmax = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    np.testing.assert_allclose(softmax, torch.sigmoid(torch.tensor(z)).numpy(), rtol=1e-4)
    np.testing.assert_array_equal(backbone.logits(batch), np.stack([0 * z, z], axis=1))


def test_a_separate_head_of_one_logit_tells_two_classes_too(tmp_path):
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "b.safetensors")
    torch.save({"weight": torch.randn(1, 64), "bias": torch.ones(1)}, tmp_path / "head.pth")

    backbone = load_backbone(
        "test_vit", checkpoint=tmp_path / "b.safetensors", head=tmp_path / "head.pth"
    )

    assert backbone.n_classes == 2 == head_classes("test_vit", head=tmp_path / "head.pth")
    np.testing.assert_array_equal(backbone.bias, [0, 1])


def test_a_model_without_a_head_is_refused(tmp_path):
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "a.safetensors")

    with pytest.raises(UnsupportedBackboneError, match="head of type Identity"):
        load_backbone("test_vit", checkpoint=tmp_path / "a.safetensors", args={"num_classes": 0})


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
