"""Pairs drawn from a published run, with a tiny decoder of random weights."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from flows import cli
from sing_core.networks.synthesis import load_decoder
from tests.oracle.scores import Oracle
from tests.support import decoder
from tests.support.stored import stored


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return decoder.save(tmp_path_factory.mktemp("decoder"))


def synthesize(made, tiny, out, *images):
    return cli.command(
        ["synthesize", str(made.study), *images, "--out", str(out), "--decoder", str(tiny),
         "--data", str(made.root.path), "--json"]
    )  # fmt: skip


def test_a_pair_is_the_oracles_drawn_side_by_side(made_once, tiny, tmp_path, capsys):
    run = Oracle(made_once.root.path, made_once.outcome.run_id)
    (image,) = made_once.rows("from latest.images where path = 'cat/003.png'")
    before = stored(made_once)

    assert synthesize(made_once, tiny, tmp_path / "out", "cat/003.png") == 0

    told = json.loads(capsys.readouterr().out)
    with (tmp_path / "out" / "captions.csv").open() as file:
        captions = list(csv.DictReader(file))
    assert [caption["model"] for caption in captions] == ["byob", "res"]
    assert [caption["file"] for caption in captions] == [row["file"] for row in told]
    loaded = load_decoder(tiny)
    for caption in captions:
        scores = run.score(caption["model"])[image["image_id"]]
        assert float(caption["as_deg"]) == pytest.approx(scores["as_deg"], abs=1e-4)
        assert (caption["class_name"], caption["seed"]) == ("cat", "42")
        original, equivalent = scores["original"], scores["equivalent"]
        equivalent = equivalent * np.linalg.norm(original) / np.linalg.norm(equivalent)
        drawn = np.asarray(Image.open(tmp_path / "out" / caption["file"])).astype(int)
        own = [np.asarray(loaded.draw(z)).astype(int) for z in (original, equivalent)]
        # Rounding may turn a pixel by one of 255.
        np.testing.assert_allclose(drawn, np.hstack(own), atol=2)
        assert drawn.shape == (16, 32, 3)
    assert stored(made_once) == before


def test_an_unknown_image_is_told(made_once, tiny, tmp_path, capsys):
    assert synthesize(made_once, tiny, tmp_path, "cat/003.png", "cat/none.png") == 2

    assert "has no scores of cat/none.png; need paths as in" in capsys.readouterr().err


def test_a_study_that_was_not_run_is_told(made, tiny, tmp_path, capsys):
    made.rewrite('name = "small"', 'name = "never"')

    assert synthesize(made, tiny, tmp_path, "cat/003.png") == 2

    assert "no run or study 'never' is published" in capsys.readouterr().err


def test_a_decoder_that_is_none_is_told(made_once, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    assert synthesize(made_once, tmp_path / "none", tmp_path / "out", "cat/003.png") == 2

    assert "cannot be loaded" in capsys.readouterr().err
