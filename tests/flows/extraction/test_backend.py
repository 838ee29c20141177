"""ONNX Runtime in place of PyTorch: only where it is faster, and gives the same vectors."""

import json

import numpy as np
import pytest
import torch

from flows.extraction import choose_backend
from flows.extraction.choose_backend import attempt
from flows.features.sources import Network, sources_of
from flows.pipeline import find_inputs
from flows.study.load import load_study
from sing_core.networks import onnx_runtime
from warehouse.stored import parquet


@pytest.fixture
def short(monkeypatch):
    """A trial is worth it for any study, and takes an instant."""
    for name, value in {"_FEW": 0, "_WORTH_S": 0.0, "_SECONDS": 0.02, "_ROUNDS": 1}.items():
        monkeypatch.setattr(choose_backend, name, value)


@pytest.fixture
def any_gain(monkeypatch):
    monkeypatch.setattr(choose_backend, "_GAIN", 0.0)


@pytest.mark.usefixtures("short", "any_gain")
def test_features_are_those_of_pytorch_to_the_last_digits(fresh, made_once, capsys):
    fresh.run()

    for name in ("features/res", "features/byob", "embeddings/clip"):
        found, wanted = vectors_in(fresh, name), vectors_in(made_once, name)
        assert list(found) == list(wanted)
        for image_id, vector in found.items():
            np.testing.assert_allclose(vector, wanted[image_id], rtol=1e-4, atol=1e-5)
        assert any((found[one] != wanted[one]).any() for one in found), "it was never used"
    said = " ".join(capsys.readouterr().err.split())
    assert "res is computed by ONNX Runtime: ONNX Runtime takes" in said
    assert {path.suffix for path in fresh.root.probes.iterdir()} == {".json", ".onnx"}


def vectors_in(made, folder):
    shards = sorted((made.root.path / folder).rglob("*.parquet"))
    stored = [parquet.read_vectors(shard) for shard in shards]
    return {one: row for ids, rows in stored for one, row in zip(ids, rows, strict=True)}


@pytest.fixture
def one(made):
    """A source of a finished study, its network, and where it all is."""
    study = load_study(made.study)
    inputs = find_inputs(study, made.root)
    source = sources_of(study, inputs.manifest, inputs.models, inputs.texts, made.root)[0]
    return source, source.load(), inputs.manifest, made.root


@pytest.mark.usefixtures("short", "any_gain")
def test_a_trial_is_made_once_and_what_is_damaged_is_written_anew(one, monkeypatch):
    source, network, manifest, root = one
    first = choose_backend.with_faster_backend(network, source, manifest, root)
    assert first.vectors != network.vectors
    batch = torch.randn(3, 3, *network.geometry.size)
    (exported,) = root.probes.glob("*.onnx")
    monkeypatch.setattr(choose_backend, "attempt", None)  # another trial would fail

    exported.write_bytes(exported.read_bytes()[:-9])
    second = choose_backend.with_faster_backend(network, source, manifest, root)

    np.testing.assert_array_equal(first.vectors(batch), second.vectors(batch))
    np.testing.assert_allclose(second.vectors(batch), own(network, batch), rtol=1e-4, atol=1e-5)


def own(network, batch):
    with torch.inference_mode():
        return network.vectors(batch)


@pytest.mark.usefixtures("short")
def test_what_gains_nothing_is_not_used_nor_tried_again(one, monkeypatch):
    source, network, manifest, root = one
    monkeypatch.setattr(choose_backend, "_GAIN", 1e9)

    kept = choose_backend.with_faster_backend(network, source, manifest, root)

    assert kept is network
    (record,) = root.probes.iterdir()
    assert "pictures/s, PyTorch" in json.loads(record.read_text())["why"]
    monkeypatch.setattr(choose_backend, "attempt", None)
    assert choose_backend.with_faster_backend(network, source, manifest, root) is network


@pytest.mark.usefixtures("short", "any_gain")
def test_vectors_that_differ_are_not_taken(one, monkeypatch, tmp_path):
    _, network, manifest, _ = one
    real = onnx_runtime.load

    def rough(path):
        vectors = real(path)
        return lambda batch: vectors(batch) * (1 + 2e-5)

    assert attempt(network, manifest, tmp_path / "right.onnx").taken
    monkeypatch.setattr(onnx_runtime, "load", rough)
    refused = attempt(network, manifest, tmp_path / "rough.onnx")

    assert not refused.taken
    assert "differ by 2e-05 of their length" in refused.why


@pytest.mark.usefixtures("short", "any_gain")
def test_a_network_that_cannot_be_written_stays_with_pytorch(one):
    source, network, manifest, root = one

    def vectors(batch):
        return torch.from_numpy(np.sort(own(network, batch).numpy()))  # no graph of tensors

    odd = Network("res", network.geometry, network.values, vectors, 4, network.module)
    assert choose_backend.with_faster_backend(odd, source, manifest, root) is odd
    (record,) = root.probes.iterdir()
    assert "cannot be written for ONNX Runtime (" in json.loads(record.read_text())["why"]


@pytest.mark.parametrize("missing", [None, "onnxruntime"])
def test_short_work_and_what_is_not_installed_are_not_tried(one, monkeypatch, missing):
    source, network, manifest, root = one
    monkeypatch.setattr(choose_backend, "attempt", None)
    if missing:
        monkeypatch.setattr(choose_backend, "_FEW", 0)
        monkeypatch.setattr(choose_backend, "_WORTH_S", 0.0)
        monkeypatch.setattr(onnx_runtime, "lacking", lambda: missing)

    assert choose_backend.with_faster_backend(network, source, manifest, root) is network
