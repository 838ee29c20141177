"""Readers against scikit-learn's, and of values that are missing."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

from sing_core.geometry.moments import Moments
from sing_core.scores.readouts import STRENGTHS, ReaderFits, best_of


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    value = rng.choice(4, 300, p=[0.4, 0.3, 0.2, 0.1])
    centers = 1.5 * rng.normal(size=(4, 12))
    x = (centers[value] + rng.normal(size=(300, 12))) @ rng.normal(size=(12, 12)) + 7
    other = rng.integers(0, 3, 300)
    y = np.concatenate([np.eye(3)[other], np.eye(4)[value]], axis=1)
    moments = Moments(12, 7)
    moments.add(x[:140], y[:140])
    moments.add(x[140:], y[140:])
    return x, value, moments


@pytest.mark.parametrize("strength", STRENGTHS)
def test_ridge_is_scikit_learns(data, strength):
    x, value, moments = data
    fits = ReaderFits(moments)

    ours = fits.reader("ridge", strength, slice(3, 7))

    theirs = Ridge(alpha=300 * strength * x.var(axis=0).mean()).fit(x, np.eye(4)[value])
    np.testing.assert_allclose(ours.scores(x), theirs.predict(x), atol=1e-8)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_discriminant_analysis_is_scikit_learns(data, strength):
    x, value, moments = data
    ridge = strength * x.var(axis=0).mean()
    within = sum((value == k).mean() * np.cov(x[value == k].T, bias=True) for k in range(4))
    # Theirs is (1 - s) S + s tr(S)/m I, a multiple of S + λ I for this s.
    mean = np.trace(within) / 12
    shrinkage = ridge / (ridge + mean)
    theirs = LinearDiscriminantAnalysis(
        solver="lsqr", covariance_estimator=_Given(within, shrinkage)
    )
    theirs.fit(x, value)

    ours = ReaderFits(moments).reader("lda", strength, slice(3, 7))

    ratio = 1 - shrinkage
    weight = ours.weight - ours.weight.mean(axis=1, keepdims=True)
    coef = theirs.coef_.T * ratio
    np.testing.assert_allclose(weight, coef - coef.mean(axis=1, keepdims=True), atol=1e-8)
    direct = np.linalg.solve(within + ridge * np.eye(12), theirs.means_.T)
    scores = (
        x @ direct - 0.5 * np.einsum("km,mk->k", theirs.means_, direct) + np.log(theirs.priors_)
    )
    apart = ours.scores(x) - scores
    np.testing.assert_allclose(apart, np.broadcast_to(apart[:, :1], apart.shape), atol=1e-7)


class _Given:
    """A covariance estimator that was told what to find."""

    def __init__(self, within, shrinkage):
        self.within, self.shrinkage = within, shrinkage
        self.covariance_ = None

    def fit(self, x):
        mean = np.trace(self.within) / len(self.within)
        self.covariance_ = (1 - self.shrinkage) * self.within + self.shrinkage * mean * np.eye(
            len(self.within)
        )
        return self


@pytest.mark.parametrize("kind", ["ridge", "lda"])
def test_a_value_without_pictures_is_never_named(kind):
    rng = np.random.default_rng(1)
    x, value = rng.normal(size=(60, 5)), rng.integers(0, 2, 60)
    moments = Moments(5, 3)
    moments.add(x, np.eye(3)[value])

    reader = ReaderFits(moments).reader(kind, 0.1, slice(0, 3))

    assert reader.bias[2] == -np.inf
    assert set(reader(10 * rng.normal(size=(500, 5)))) == {0, 1}


@pytest.mark.parametrize("kind", ["ridge", "lda"])
def test_features_that_do_not_vary_name_the_commonest(kind):
    moments = Moments(4, 2)
    moments.add(np.full((10, 4), 3.0), np.eye(2)[[0] * 3 + [1] * 7])

    reader = ReaderFits(moments).reader(kind, 0.1, slice(0, 2))

    assert set(reader(np.full((2, 4), 3.0))) == {1}


def test_of_equal_readers_the_strongest_ridge_is_taken(data):
    readers = ReaderFits(data[2]).readers(slice(3, 7))
    right = np.full(len(readers), 5)
    right[0] = 4

    assert best_of(readers, right).strength == max(STRENGTHS)
    right[2] = 6
    assert best_of(readers, right) is readers[2]
