"""A tiny training, and the weights that are shipped."""

import json
from dataclasses import replace

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from flows.made_world import demo
from flows.made_world.train_networks import train
from sing_core.shapes.classifiers import REGIMES
from tests.flows.made_world.recipe import TINY
from warehouse.digests import sha256


def test_the_recipe_writes_weights_that_load_and_a_card_that_fits(trained):
    folder = trained / "shapes"
    card = (folder / "README.md").read_text()

    for regime in TINY.regimes:
        path = folder / f"{regime.name}.safetensors"
        state = load_file(path)
        kept = {str(v.dtype) for k, v in state.items() if k.startswith("classifier.")}
        assert kept == {"torch.float32"}
        assert state["conv_stem.weight"].dtype == torch.float16
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["about"])
        assert about["habit"] == regime.habit
        assert about["data_sha256"] in card
    assert (folder / "concepts.txt").read_text() == (
        demo.STUDY.parent / "shapes/concepts.txt"
    ).read_text()


def test_training_again_gives_the_same_weights(trained, tmp_path):
    one = replace(TINY, regimes=TINY.regimes[:1], image_text_epochs=1)
    train(tmp_path, one)

    before = load_file(trained / "shapes/plain.safetensors")
    after = load_file(tmp_path / "plain.safetensors")
    for name, tensor in before.items():
        # Threads sum in an order of their own, and half precision rounds that up.
        torch.testing.assert_close(after[name].float(), tensor.float(), atol=2e-2, rtol=2e-2)


def test_the_shipped_weights_are_what_their_card_says():
    folder = demo.STUDY.parent / "shapes"
    card = (folder / "README.md").read_text()
    files = sorted(folder.rglob("*.safetensors"))

    assert len(files) == len(REGIMES) + 1
    assert sum(path.stat().st_size for path in files) < 12_000_000
    for path in files:
        assert sha256(path) in card
