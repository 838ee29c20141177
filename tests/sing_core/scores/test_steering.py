"""Closed forms against explicit features, finite differences and autograd."""

import numpy as np
import pytest
import torch

from sing_core.geometry.angles import angle_deg
from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.steering import Steering


@pytest.fixture
def world(rng):
    weight = rng.normal(size=(7, 20))
    head = decompose_head(weight)
    translator = LinearTranslator(rng.normal(size=(9, 20)), rng.normal(size=9))
    texts, features = rng.normal(size=(4, 9)), rng.normal(size=(12, 20))
    return weight, head, translator, texts, features


def direction(f, t, head, translator):
    """The null part of the gradient of the cosine, by autograd, at unit length."""
    x = torch.tensor(f, requires_grad=True)
    z = torch.tensor(translator.weight) @ x + torch.tensor(translator.bias)
    torch.nn.functional.cosine_similarity(z, torch.tensor(t), dim=0).backward()
    null = head.null @ head.null.T @ x.grad.numpy()
    return null / np.linalg.norm(null)


def test_steps_are_those_of_the_gradient_by_autograd(world):
    weight, head, translator, texts, features = world
    steering = Steering(weight, head, translator, texts)

    found = steering.directions(translator(features))
    step = np.full((12, 4), 0.7)
    as_deg, is_deg = found.after(step)
    drift = steering.logit_drift(found, step)

    for i, f in enumerate(features):
        for k, t in enumerate(texts):
            moved = f + 0.7 * direction(f, t, head, translator)
            before, after = translator(f[None])[0], translator(moved[None])[0]
            assert is_deg[i, k] == pytest.approx(angle_deg(before, after), abs=1e-9)
            expected = angle_deg(before, t) - angle_deg(after, t)
            assert as_deg[i, k] == pytest.approx(expected, abs=1e-9)
            change = np.abs(weight @ moved - weight @ f).max()
            assert drift[i, k] == pytest.approx(change, abs=1e-12)
            assert change < 1e-12


def test_the_gradient_by_finite_differences(world):
    _weight, head, translator, texts, features = world
    f, t, h = features[0], texts[0], 1e-6

    def cosine(x):
        z = translator(x[None])[0]
        return z @ t / np.linalg.norm(z) / np.linalg.norm(t)

    slope = np.array([(cosine(f + h * e) - cosine(f - h * e)) / (2 * h) for e in np.eye(20)])
    null = head.null @ head.null.T @ slope

    expected = direction(f, t, head, translator)
    np.testing.assert_allclose(null / np.linalg.norm(null), expected, atol=1e-6)


@pytest.mark.parametrize("target", [0.5, 5.0, 20.0, 40.0, 80.0, 100.0])
def test_a_calibrated_step_turns_by_the_angle_asked_for(world, target):
    weight, head, translator, texts, features = world
    found = Steering(weight, head, translator, texts).directions(translator(features))

    step = found.step_for(target)

    reachable = found.reachable(target)
    assert reachable.any()
    assert np.isnan(step[~reachable]).all()
    for i, k in np.argwhere(reachable):
        moved = features[i] + step[i, k] * direction(features[i], texts[k], head, translator)
        turned = angle_deg(translator(features[i][None])[0], translator(moved[None])[0])
        assert turned == pytest.approx(target, abs=1e-6)


def test_what_no_step_reaches_is_told(world):
    weight, head, translator, texts, features = world
    found = Steering(weight, head, translator, texts).directions(translator(features))
    beyond = float(found.limit_deg.min()) + 0.01

    far = found.after(np.full((12, 4), 1e9))[1]

    np.testing.assert_allclose(far, found.limit_deg, atol=1e-5)
    i, k = np.unravel_index(found.limit_deg.argmin(), found.limit_deg.shape)
    assert not found.reachable(beyond)[i, k]
    assert np.isnan(found.step_for(beyond)[i, k])


def test_an_approximate_null_space_moves_logits_and_says_so(world):
    weight, _head, translator, texts, features = world
    rough = decompose_head(weight, rank=3)
    steering = Steering(weight, rough, translator, texts)

    drift = steering.logit_drift(steering.directions(translator(features)), np.full((12, 4), 2.0))

    f, t = features[3], texts[1]
    moved = f + 2.0 * direction(f, t, rough, translator)
    assert drift[3, 1] == pytest.approx(np.abs(weight @ (moved - f)).max())
    assert drift[3, 1] > 0.1


def test_a_translation_moves_as_its_feature_does(world):
    weight, head, translator, texts, features = world
    z = translator(features)
    step = np.full((12, 4), 0.7)
    step[0] = 0
    step[1] = np.nan

    steering = Steering(weight, head, translator, texts)

    moved = steering.moved(z, steering.directions(z), step)

    for i, f in enumerate(features):
        for k, t in enumerate(texts):
            expected = translator((f + step[i, k] * direction(f, t, head, translator))[None])[0]
            np.testing.assert_allclose(moved[i, k], expected, atol=1e-12)
    np.testing.assert_array_equal(moved[0], np.repeat(z[:1], 4, axis=0))


def test_no_step_stays_where_there_is_no_direction():
    # The head sees the one feature that the translator sees: nothing of it is free.
    weight = np.array([[1.0, 0.0]])
    translator = LinearTranslator(np.array([[1.0, 0.0], [2.0, 0.0]]), np.zeros(2))
    steering = Steering(weight, decompose_head(weight), translator, np.array([[0.0, 1.0]]))

    z = np.array([[1.0, 2.0], [1.0, 2.0]])

    moved = steering.moved(z, steering.directions(z), np.array([[0.0], [1.0]]))

    np.testing.assert_array_equal(moved[:, 0], [[1.0, 2.0], [np.nan, np.nan]])
