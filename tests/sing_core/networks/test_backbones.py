import numpy as np
import pytest

from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import UnsupportedBackboneError
from tests.support.networks.backbones import checkpoint, pictures

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


def test_features_that_are_not_the_heads_input_are_caught(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_vit")
    backbone = load_backbone("test_vit", checkpoint=path)
    original = backbone.module.forward_head
    backbone.module.forward_head = lambda x, pre_logits=False: (
        original(x, pre_logits=True) * 1.01 if pre_logits else original(x)
    )

    with pytest.raises(UnsupportedBackboneError, match="differs from the model's own logits"):
        prove(backbone, pictures(backbone))


def test_arguments_that_timm_does_not_know_are_told(tmp_path):
    path = checkpoint(tmp_path / "a.safetensors", "test_resnet")

    with pytest.raises(UnsupportedBackboneError, match="cannot build test_resnet with args.*bogus"):
        load_backbone("test_resnet", checkpoint=path, args={"bogus": 1})
