"""Heads of several layers that are one affine map of the pooled feature."""

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.layers import ClassifierHead

from sing_core.networks.affine_heads import affine_map
from sing_core.networks.backbones import load_backbone, prove
from sing_core.networks.heads import head_classes, own_head
from tests.support.networks.backbones import pictures


@pytest.mark.parametrize("name", ["levit_128s", "efficientformerv2_s0", "repvit_m0_9"])
def test_heads_that_are_one_affine_map_of_the_pooled_feature_are_taken_as_that(tmp_path, name):
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=12)
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm1d):  # as after training
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        if isinstance(layer, torch.nn.Linear) and layer.out_features == 12:
            layer.weight.data.normal_()
    save_file(
        {k: v.contiguous() for k, v in model.state_dict().items()}, tmp_path / "a.safetensors"
    )

    backbone = load_backbone(name, checkpoint=tmp_path / "a.safetensors")
    batch = pictures(backbone, 2)

    assert backbone.weight.shape == (12, model.num_features)
    assert prove(backbone, batch) < 1e-3
    logits = model.eval()(batch).detach().numpy()
    ours = backbone.features(batch) @ backbone.weight.T + backbone.bias
    np.testing.assert_allclose(ours, logits, rtol=1e-3, atol=1e-4)
    assert head_classes(name, checkpoint=tmp_path / "a.safetensors") == 12


def test_a_classifier_that_names_its_pooling_too_is_its_linear_layer():
    class Sequencer(torch.nn.Module):
        num_features = 8

        def __init__(self):
            super().__init__()
            self.head = ClassifierHead(8, 3)

        def get_classifier(self):
            return self.head

        def forward_head(self, maps, pre_logits=False):
            return self.head(maps, pre_logits=pre_logits)

    module = Sequencer().eval()
    weight, bias, stored = own_head(module, "sequencer", None)

    maps = torch.randn(2, 8, 4, 4)
    features = module.forward_head(maps, pre_logits=True).detach().numpy()
    logits = module.forward_head(maps).detach().numpy()
    np.testing.assert_allclose(features @ weight.T + bias, logits, rtol=1e-5, atol=1e-6)
    assert stored == "float32"


def test_a_layer_that_is_no_affine_map_is_none():
    twisted = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.GELU())
    pooled = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Linear(4, 3))

    assert affine_map(twisted, 4) is None
    assert affine_map(pooled, 4) is None
    assert affine_map((), 4) is None
    weight, bias = affine_map((torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)), 4)
    assert (weight.shape, bias.shape) == ((3, 4), (3,))
