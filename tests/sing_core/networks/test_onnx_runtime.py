"""A network by ONNX Runtime: the same vectors, for batches of any size; or a sentence."""

import numpy as np
import pytest
import timm
import torch

from sing_core.networks import onnx_runtime
from sing_core.networks.onnx_runtime import NotExportedError


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit"])
def test_vectors_are_the_modules_own_for_batches_of_any_size(name, tmp_path):
    torch.manual_seed(0)
    module = timm.create_model(name).eval()
    size = module.default_cfg["input_size"]

    def vectors(batch):
        return module.forward_head(module.forward_features(batch), pre_logits=True)

    onnx_runtime.export(module, vectors, torch.zeros(2, *size), tmp_path / "net.onnx")
    computed = onnx_runtime.load(tmp_path / "net.onnx")

    for n in (1, 5):
        batch = torch.randn(n, *size).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            own = vectors(batch)
        np.testing.assert_allclose(computed(batch), own, rtol=1e-3, atol=1e-5)


def test_what_has_no_graph_is_told(tmp_path):
    def vectors(batch):
        return torch.from_numpy(np.sort(batch.numpy()))

    with pytest.raises(NotExportedError, match=r"\w+"):
        onnx_runtime.export(torch.nn.Identity(), vectors, torch.ones(2, 3), tmp_path / "net.onnx")

    assert not (tmp_path / "net.onnx").exists()


def test_what_is_not_installed_is_named(monkeypatch):
    assert onnx_runtime.lacking() is None
    monkeypatch.setattr(onnx_runtime, "_NEEDED", ("onnxruntime", "no_such_package"))
    assert onnx_runtime.lacking() == "no_such_package"
