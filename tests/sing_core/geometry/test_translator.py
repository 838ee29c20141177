import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import fit_ridge, lambda_grid, ridge_path_mse
from sing_core.scores.translator_quality import TranslatorQuality


def moments(x, y, shards=1):
    total = Moments(x.shape[1], y.shape[1])
    for part in np.array_split(np.arange(len(x)), shards):
        total.add(x[part], y[part])
    return total


@pytest.fixture
def intercept():
    return True


@pytest.fixture
def data(rng, intercept):
    # Means far from zero: what one-pass sums of squares get wrong. (Without an intercept, far
    # means make the problem itself ill-conditioned, for every method.)
    x = rng.normal(size=(300, 24)) @ rng.normal(size=(24, 24)) + (1e4 if intercept else 10)
    y = x @ rng.normal(size=(24, 5)) + 3 + rng.normal(size=(300, 5))
    return x, y


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("strength", [1e-3, 1.0, 30.0])
def test_the_map_is_that_of_scikit_learn(data, intercept, strength):
    x, y = data

    ours = fit_ridge(moments(x, y), strength, intercept=intercept)

    # scikit-learn sums over items where we take the mean.
    theirs = Ridge(alpha=strength * len(x), fit_intercept=intercept, solver="svd").fit(x, y)
    np.testing.assert_allclose(ours.weight, theirs.coef_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours(x), theirs.predict(x), rtol=1e-6)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_a_known_map_is_recovered_in_any_units(rng, unit):
    x = rng.normal(size=(200, 10)) * unit + unit
    weight, bias = rng.normal(size=(4, 10)), rng.normal(size=4)
    y = x @ weight.T + bias

    ours = fit_ridge(moments(x, y), 1e-12 * unit**2, intercept=True)

    np.testing.assert_allclose(ours.weight, weight, rtol=1e-6)
    np.testing.assert_allclose(ours.bias, bias, rtol=1e-6, atol=1e-6)


def test_shards_and_merges_give_the_same_moments(data):
    x, y = data

    whole, sharded = moments(x, y), moments(x, y, shards=7)
    first, rest = moments(x[:90], y[:90]), moments(x[90:], y[90:], shards=2)
    merged = first.merged(rest).merged(Moments(24, 5))

    assert (first.n, rest.n) == (90, 210)  # merging changes neither
    for other in (sharded, merged):
        assert other.n == 300
        np.testing.assert_allclose(other.mean_x, whole.mean_x)
        np.testing.assert_allclose(other.xx, whole.xx, atol=1e-6 * np.abs(whole.xx).max())
        np.testing.assert_allclose(other.xy, whole.xy, atol=1e-6 * np.abs(whole.xy).max())
        np.testing.assert_allclose(other.yy, whole.yy)


def test_sparse_targets_give_the_same_moments(rng, data):
    x, _ = data
    y = np.eye(6)[rng.integers(5, size=300)]  # and a class that none is of

    dense, sparse_ones = moments(x, y, shards=3), moments(x, sparse.csr_array(y), shards=3)

    for name in ("xx", "xy", "yy", "mean_x", "mean_y"):
        expected = getattr(dense, name)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(getattr(sparse_ones, name), expected, atol=1e-9 * scale)


def test_moments_through_a_map_are_those_of_what_is_mapped(rng, data):
    x, y = data
    matrix = rng.normal(size=(24, 7))

    mapped, expected = moments(x, y).through(matrix), moments(x @ matrix, y)

    assert mapped.n == 300
    for name in ("xx", "xy", "yy", "mean_x", "mean_y"):
        value = getattr(expected, name)
        np.testing.assert_allclose(getattr(mapped, name), value, atol=1e-8 * np.abs(value).max())
    assert Moments(24, 5).through(matrix).n == 0


@pytest.mark.parametrize("intercept", [True, False])
def test_the_path_has_the_error_of_each_fit(data, intercept):
    x, y = data
    train, held = moments(x[:200], y[:200]), moments(x[200:], y[200:])
    lambdas = lambda_grid(train)

    errors = ridge_path_mse(train, held, lambdas, intercept=intercept)

    for strength, error in zip(lambdas, errors, strict=True):
        fit = fit_ridge(train, strength, intercept=intercept)
        direct = np.mean((fit(x[200:]) - y[200:]) ** 2)
        assert error == pytest.approx(direct, rel=1e-4)


def test_more_features_than_items_is_no_obstacle(rng):
    x, y = rng.normal(size=(20, 50)), rng.normal(size=(20, 3))

    ours = fit_ridge(moments(x, y), 0.1, intercept=True)

    theirs = Ridge(alpha=0.1 * 20, solver="svd").fit(x, y)
    np.testing.assert_allclose(ours.weight, theirs.coef_, atol=1e-9)


def test_equal_features_are_refused():
    with pytest.raises(ValueError, match="all have the same features"):
        lambda_grid(moments(np.ones((5, 3)), np.ones((5, 2))))


def test_quality_agrees_with_scikit_learn(rng):
    target = rng.normal(size=(60, 8)) + 5
    guess = target + 0.5 * rng.normal(size=(60, 8))
    texts, classes = rng.normal(size=(4, 8)), rng.integers(0, 4, 60)
    quality = TranslatorQuality(texts)

    for part in np.array_split(np.arange(60), 4):
        quality.add(target[part], guess[part], -guess[part], classes[part])
    result = quality.result()

    cosine = [a @ b / np.sqrt(a @ a * (b @ b)) for a, b in zip(target, guess, strict=True)]
    nearest = [max(range(4), key=lambda c: z @ texts[c] / np.sqrt(texts[c] @ texts[c]))
               for z in target]  # fmt: skip
    assert quality.n == 60
    assert result["cosine_mean"] == pytest.approx(np.mean(cosine))
    assert result["cosine_median"] == pytest.approx(np.median(cosine))
    assert result["r2_mean"] == pytest.approx(r2_score(target, guess))
    weighted = r2_score(target, guess, multioutput="variance_weighted")
    assert result["r2_weighted"] == pytest.approx(weighted)
    assert result["mse"] == pytest.approx(np.mean((target - guess) ** 2))
    assert result["top1_space"] == pytest.approx(np.mean(nearest == classes))
    assert result["top1_translated_principal"] != result["top1_translated"]


def test_no_held_out_image_means_no_figure(rng):
    result = TranslatorQuality(rng.normal(size=(4, 8))).result()

    assert np.isnan(list(result.values())).all()
