"""Cures by other routes: constrained least squares, SciPy's eigenproblem, a Gaussian by hand."""

import numpy as np
import pytest
from scipy import linalg, stats
from sklearn.linear_model import LinearRegression

from sing_core.geometry.cures import Attribute, Discriminants, Head, blind, see
from sing_core.geometry.moments import Moments
from sing_core.geometry.null_space import decompose_head


@pytest.fixture(scope="module")
def scenes():
    """Features of which some directions tell the class, and some a color that goes with it."""
    rng = np.random.default_rng(0)
    n, m = 600, 20
    y = rng.integers(0, 4, n)
    color = np.where(rng.random(n) < 0.7, y % 3, rng.integers(0, 3, n))
    by_class, by_color = rng.normal(size=(4, m)), rng.normal(size=(3, m))
    x = by_class[y] + 2 * by_color[color] + rng.normal(size=(n, m)) + 5
    head = Head(rng.normal(size=(4, m)), rng.normal(size=4))
    both = np.concatenate([np.eye(4)[y], np.eye(3)[color]], axis=1)
    moments = Moments(m, 7)
    moments.add(x, both)
    counts = np.zeros((4, 3))
    np.add.at(counts, (y, color), 1)
    attribute = Attribute.within_classes(moments, slice(0, 4), slice(4, 7), counts)
    return x, y, color, head, attribute


def within(values, y):
    return values - np.array([values[y == c].mean(axis=0) for c in range(4)])[y]


def test_an_attribute_is_taken_within_classes(scenes):
    x, y, color, _, attribute = scenes
    z = np.eye(3)[color]

    np.testing.assert_allclose(attribute.cross, within(x, y).T @ within(z, y) / len(x), atol=1e-10)
    np.testing.assert_allclose(attribute.covariance, np.cov(x.T, bias=True), atol=1e-9)


def test_no_linear_reader_of_a_blind_heads_logits_tells_the_color(scenes):
    x, y, color, head, attribute = scenes
    z = within(np.eye(3)[color], y)

    cured = blind(head, attribute)

    before, after = (within(one.logits(x), y) for one in (head, cured))
    assert LinearRegression().fit(before, z).score(before, z) > 0.2
    assert LinearRegression().fit(after, z).score(after, z) < 1e-12
    mean = attribute.mean[None]
    np.testing.assert_allclose(cured.logits(mean), head.logits(mean))


def test_blinding_is_the_smallest_change_that_does(scenes):
    *_, head, attribute = scenes
    metric = attribute.covariance + 1e-3 * np.trace(attribute.covariance) / 20 * np.eye(20)
    # Least squares under constraints: one system for change and multipliers (of two columns: the
    # third follows, for values sum to one).
    c = attribute.cross[:, :2]
    system = np.block([[metric, c], [c.T, np.zeros((2, 2))]])
    wanted = np.concatenate([np.zeros((20, 4)), -c.T @ head.weight.T])
    change = np.linalg.solve(system, wanted)[:20].T

    cured = blind(head, attribute)

    np.testing.assert_allclose(cured.weight - head.weight, change, atol=1e-9)
    half = blind(head, attribute, strength=0.5)
    np.testing.assert_allclose(half.weight - head.weight, change / 2, atol=1e-9)


def test_what_goes_with_the_class_alone_is_left(scenes):
    x, y, *_ = scenes
    # A "color" that is the class itself: there is nothing within classes to be blind to.
    moments = Moments(20, 8)
    moments.add(x, np.concatenate([np.eye(4)[y]] * 2, axis=1))
    counts = np.diag(np.bincount(y)).astype(float)
    attribute = Attribute.within_classes(moments, slice(0, 4), slice(4, 8), counts)

    assert np.abs(attribute.cross).max() < 1e-12


def test_discriminants_solve_the_generalized_eigenproblem(scenes):
    x, y, *_ = scenes
    moments = Moments(20, 4)
    moments.add(x, np.eye(4)[y])
    shrunken = within(x, y).T @ within(x, y) / len(x)
    shrunken += 0.1 * np.var(x, axis=0).mean() * np.eye(20)
    means = np.array([x[y == c].mean(axis=0) for c in range(4)]) - x.mean(axis=0)
    between = (means.T * np.bincount(y) / len(x)) @ means
    values, vectors = linalg.eigh(between, shrunken)

    found = Discriminants.of(moments, 0.1)

    assert found.directions.shape == (20, 3)
    ours, theirs = found.directions, vectors[:, ::-1][:, :3]
    np.testing.assert_allclose(np.abs(np.sum(ours * (shrunken @ theirs), axis=0)), 1, atol=1e-8)
    strengths = (np.square(found.means) * np.bincount(y)[:, None] / len(x)).sum(axis=0)
    np.testing.assert_allclose(strengths, values[::-1][:3], atol=1e-8)


def test_to_see_adds_the_log_likelihood_of_the_null_part(scenes):
    x, y, *_ = scenes
    rng = np.random.default_rng(1)
    head = Head(rng.normal(size=(4, 20)), rng.normal(size=4))
    spaces = decompose_head(head.weight)
    z = (x - x.mean(axis=0)) @ spaces.null
    moments = Moments(spaces.null_dim, 4)
    moments.add(x @ spaces.null, np.eye(4)[y])
    shrunken = within(z, y).T @ within(z, y) / len(x)
    shrunken += 0.1 * np.var(z, axis=0).mean() * np.eye(z.shape[1])
    likely = np.column_stack(
        [stats.multivariate_normal(z[y == c].mean(axis=0), shrunken).logpdf(z) for c in range(4)]
    )

    cured = see(head, spaces.null, moments, strength=0.1, rank=3, scale=2.0)

    added = cured.logits(x) - head.logits(x)
    expected = 2 * likely
    np.testing.assert_allclose(
        added - added[:, :1], expected - expected[:, :1], atol=1e-8
    )  # up to what all classes share
    assert np.abs((cured.weight - head.weight) @ spaces.principal).max() < 1e-12
    one = see(head, spaces.null, moments, strength=0.1, rank=1, scale=2.0)
    assert np.linalg.matrix_rank(one.weight - head.weight) == 1
