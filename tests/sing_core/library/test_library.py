"""The public functions: against NumPy by another route, and in the pages of the documentation."""

import doctest
import importlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import linalg
from sklearn.linear_model import Ridge

import sing_core as sing
from sing_core.geometry.null_space import NoNullSpaceError
from sing_core.geometry.random_directions import random_signs
from sing_core.networks.heads import UnsupportedBackboneError
from sing_core.scores.pairs import PairScorer

MODULES = sorted({f"sing_core.library.{home}" for home in sing._HOME.values()})


@pytest.fixture
def world(rng):
    """A head of 4 classes over 9 features, 300 pictures, and a space of 6."""
    weight, bias = rng.normal(size=(4, 9)), rng.normal(size=4)
    features = rng.normal(size=(300, 9)) + rng.normal(size=9)
    embeddings = features @ rng.normal(size=(9, 6)) + 0.3 * rng.normal(size=(300, 6))
    return weight, bias, features, embeddings, rng.normal(size=(5, 6))


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    found = doctest.testmod(importlib.import_module(module))

    assert found.attempted
    assert not found.failed


def test_every_public_name_says_what_it_does():
    assert set(sing.__all__) == set(sing._HOME)
    for name in sing.__all__:
        words = getattr(sing, name).__doc__
        assert words, name
        if name.islower():  # a function
            for part in ("Parameters\n", "Raises\n", "Examples\n"):
                assert part in words, (name, part)
    with pytest.raises(AttributeError, match="no attribute 'steers'"):
        _ = sing.steers


def test_importing_it_loads_no_network():
    code = (
        "import sys, sing_core as sing; sing.decompose_head; "
        "print(sorted({'torch', 'timm', 'open_clip', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_head_is_what_scipy_finds(world):
    weight, bias, features, *_ = world

    head = sing.decompose_head(weight, bias)

    null = linalg.null_space(weight)
    assert (head.rank, head.null_dim) == (4, null.shape[1]) == (4, 5)
    assert linalg.subspace_angles(head.spaces.null, null).max() < 1e-12
    np.testing.assert_allclose(head.singular_values, linalg.svdvals(weight))
    np.testing.assert_allclose(head.logits(features), features @ weight.T + bias)


def test_a_layer_and_its_tensors_are_one_head():
    layer = torch.nn.Linear(9, 4)
    conv = torch.nn.Conv2d(9, 4, 1)
    with torch.no_grad():
        conv.weight.copy_(layer.weight[..., None, None])
        conv.bias.copy_(layer.bias)

    heads = [sing.decompose_head(*given) for given in (
        (layer,), (layer.weight, layer.bias), (layer.weight.detach().numpy(), layer.bias), (conv,),
    )]  # fmt: skip

    for head in heads:
        np.testing.assert_array_equal(head.weight, heads[0].weight)
        np.testing.assert_array_equal(head.bias, heads[0].bias)
        assert head.null_dim == 5
    half = layer.half()
    assert sing.decompose_head(half).null_dim == 5


def test_a_translator_is_scikit_learns_ridge(world):
    _, _, features, embeddings, _ = world

    translator = sing.fit_translator(features, torch.tensor(embeddings), seed=3)

    held = np.random.default_rng(3).permutation(300)[:60]
    rest = np.setdiff1d(np.arange(300), held)
    ridge = Ridge(alpha=len(rest) * translator.ridge_lambda).fit(features[rest], embeddings[rest])
    np.testing.assert_allclose(translator.weight, ridge.coef_, atol=1e-9)
    np.testing.assert_allclose(translator(features), ridge.predict(features), atol=1e-9)
    assert (translator.n_fit, translator.n_holdout) == (240, 60)
    assert translator.quality["r2_mean"] == pytest.approx(
        ridge.score(features[held], embeddings[held])
    )
    assert not any("thin" in words for words in translator.warnings)
    thin = sing.fit_translator(features[:15], embeddings[:15], holdout=0)
    assert "thin: 15 rows to fit 9 features" in thin.warnings
    assert "no row was held out, so nothing says how good it is" in thin.warnings


def test_pairs_and_scores_are_those_of_a_run(world):
    weight, bias, features, embeddings, texts = world
    head = sing.decompose_head(weight, bias)
    translator = sing.fit_translator(features, embeddings)

    pairs = sing.remove_null(torch.tensor(features), head)
    scores = sing.score_pairs(pairs, translator, texts, seed=4)

    np.testing.assert_allclose(head.logits(pairs.equivalent), head.logits(features), atol=1e-12)
    scorer = PairScorer(weight, bias, head.spaces, translator, texts, texts, seed=4)
    mine = scorer.score(features, np.zeros(300, dtype=int))
    np.testing.assert_allclose(pairs.null_energy, mine.null_energy)
    np.testing.assert_allclose(scores.is_deg, mine.is_deg, atol=1e-9)
    np.testing.assert_allclose(scores.as_deg[:, 0], mine.as_deg, atol=1e-9)
    np.testing.assert_allclose(scores.control_as_deg[:, 0], mine.control_as_deg, atol=1e-9)
    np.testing.assert_allclose(scores.control_is_deg, mine.control_is_deg, atol=1e-9)
    assert (np.abs(scores.as_deg) <= scores.is_deg[:, None] + 1e-9).all()
    step = random_signs(np.arange(1, dtype=np.uint64), 9, 4)[0] / 3
    length = np.linalg.norm(pairs.original[0] - pairs.equivalent[0])
    assert np.linalg.norm(length * step) == pytest.approx(length)


def test_classes_are_taken_apart_by_what_is_their_own(world, rng):
    weight, _, features, embeddings, texts = world
    head, translator = sing.decompose_head(weight), sing.fit_translator(features, embeddings)
    scores = sing.score_pairs(sing.remove_null(features, head), translator, texts)
    classes = rng.choice(["ant", "bee", "cat"], 300)

    rows = scores.by_class(classes, ["a", "b", "c", "d", "e"])

    assert len(rows) == 15
    for row in rows.iter_rows(named=True):
        mine = scores.as_deg[:, "abcde".index(row["text"])]
        means = {name: mine[classes == name].mean() for name in ("ant", "bee", "cat")}
        assert row["as_mean_deg"] == pytest.approx(means[row["class"]])
        assert row["common_as_mean_deg"] == pytest.approx(np.mean(list(means.values())))
        own = means[row["class"]] - np.mean(list(means.values()))
        assert row["own_as_mean_deg"] == pytest.approx(own)
    with pytest.raises(ValueError, match="2 classes for 300 rows"):
        scores.by_class(["ant", "bee"])


def test_steering_keeps_logits_and_turns_as_far_as_asked(world):
    weight, bias, features, embeddings, texts = world
    head, translator = sing.decompose_head(weight, bias), sing.fit_translator(features, embeddings)

    moved = sing.steer(features, head, translator, texts[0], is_deg=20)

    there = moved.reachable
    assert there.sum() > 0
    after = head.logits(moved.features[there])
    np.testing.assert_allclose(after, head.logits(features[there]), atol=1e-9)
    scores = sing.score_pairs(moved.pairs, translator, texts[:1]) if there.all() else None
    turned = np.array([
        np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
        for a, b in zip(translator(features[there]), translator(moved.features[there]), strict=True)
    ])  # fmt: skip
    np.testing.assert_allclose(turned, 20, atol=1e-6)
    np.testing.assert_allclose(moved.is_deg[there], 20, atol=1e-9)
    if scores is not None:
        np.testing.assert_allclose(scores.as_deg[:, 0], moved.as_deg, atol=1e-9)
    length = np.linalg.norm(moved.features[there] - features[there], axis=1)
    np.testing.assert_allclose(length, moved.step[there])
    norms = np.linalg.norm(features[there], axis=1)
    np.testing.assert_allclose(moved.step_over_norm[there], length / norms)
    assert (moved.max_abs_logit_drift[there] < 1e-9).all()
    no_way = sing.steer(features, head, translator, texts[0], is_deg=179)
    assert np.isnan(no_way.features[~no_way.reachable]).all()


class Odd(torch.nn.Module):
    """A network whose output is not that of its last layer."""

    def __init__(self, scale):
        super().__init__()
        self.body, self.fc, self.scale = torch.nn.Linear(12, 8), torch.nn.Linear(8, 3), scale

    def forward(self, x):
        return self.scale * self.fc(torch.relu(self.body(x.flatten(1))))


def test_a_module_of_ones_own_is_proven(rng):
    pictures = torch.tensor(rng.normal(size=(70, 3, 2, 2)), dtype=torch.float32)
    net = Odd(1.0)

    mine = sing.from_module(net)
    found = sing.features(mine, pictures, batch_size=16)

    with torch.inference_mode():
        expected = torch.relu(net.body(pictures.flatten(1)))
        logits = net(pictures)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(mine.head.logits(found), logits, atol=1e-5)
    assert mine.logit_proof_max_abs < 1e-5
    with pytest.raises(UnsupportedBackboneError, match="differs from the model's own logits"):
        sing.features(sing.from_module(Odd(2.0)), pictures)


def test_pictures_come_in_many_forms(tmp_path, rng):
    from PIL import Image
    from torchvision.transforms.functional import pil_to_tensor

    pixels = rng.integers(0, 255, (3, 2, 2, 3), dtype=np.uint8)
    for i, one in enumerate(pixels):
        Image.fromarray(one).save(tmp_path / f"{i}.png")
    net = sing.from_module(Odd(1.0), transform=lambda p: pil_to_tensor(p).float() / 255)
    paths = [tmp_path / f"{i}.png" for i in range(3)]

    by_path = sing.features(net, paths)

    np.testing.assert_array_equal(sing.features(net, [Image.open(p) for p in paths]), by_path)
    np.testing.assert_array_equal(sing.features(net, list(pixels)), by_path)
    np.testing.assert_allclose(sing.features(net, str(paths[0])), by_path[:1], rtol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda w: sing.decompose_head([[1.0, np.nan]]), "the head's weight: need finite numbers"),
        (lambda w: sing.decompose_head(w[0], [1.0]), "has 4 classes and its bias 1"),
        (lambda w: sing.decompose_head([["a"]]), "need numbers, got <U1"),
        (lambda w: sing.remove_null(w[2][:, :3], sing.decompose_head(w[0])), "3 columns against 9"),
        (lambda w: sing.fit_translator(w[2], w[3][:4]), "300 features and 4 embeddings"),
        (lambda w: sing.fit_translator(w[2][:2], w[3][:2]), "2 rows leave"),
        (lambda w: sing.from_module(Odd(1.0), layer="head"), "its linear ones are body, fc"),
        (lambda w: sing.features(sing.from_module(Odd(1.0)), ["a.png"]), "without a transform"),
        (lambda w: sing.features(sing.from_module(Odd(1.0)), torch.rand(3, 4)), "need a batch"),
        (lambda w: sing.features(sing.from_module(Odd(1.0)), []), "there are no pictures"),
    ],
)
def test_wrong_input_gets_one_sentence(world, wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong(world)


def test_a_head_that_sees_everything_is_told(rng):
    head = sing.decompose_head(rng.normal(size=(9, 4)))

    with pytest.raises(NoNullSpaceError, match="every direction moves some logit"):
        sing.remove_null(rng.normal(size=(2, 4)), head)
