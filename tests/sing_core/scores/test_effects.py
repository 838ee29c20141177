import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores import effects
from sing_core.scores.effects import Design, effect_shares
from sing_core.scores.shares import ShareScorer
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.jackknife import BLOCKS
from tests.oracle.effects import effect_share


def drawn(seed=0, n=600, m=12, sizes=(4, 3, 2), classes=5, noise=1.0, s=7):
    """Images with values of several groups, whose effects depend on one another."""
    rng = np.random.default_rng(seed)
    own = np.stack([rng.integers(k, size=n) for k in sizes])
    features = noise * rng.normal(size=(n, m)) + 3
    for values, k in zip(own, sizes, strict=True):
        features += rng.normal(size=(k, m))[values]
    both = own[0] * sizes[1] + own[1]
    features += rng.normal(size=(sizes[0] * sizes[1], m))[both]
    head = decompose_head(rng.normal(size=(classes, m)))
    translator = LinearTranslator(rng.normal(size=(s, m)), rng.normal(size=s))
    return features, own, rng.integers(BLOCKS, size=n), list(sizes), head, translator


@pytest.mark.parametrize("classes", [3, 9])  # a wide null space, and a narrow one
def test_shares_are_what_scikit_learn_makes_of_their_definition(classes):
    features, own, block, sizes, head, translator = drawn(classes=classes)

    found = list(effect_shares(features, own, block, sizes, head, translator))

    null = head.null @ head.null.T
    for group, row in enumerate(found):
        about = (features, own, sizes, block, group, null)
        assert row["effect_share"] == pytest.approx(effect_share(*about), abs=1e-5)
        translated = effect_share(*about, translator.weight)
        assert row["effect_share_translated"] == pytest.approx(translated, abs=1e-5)
        for name in ("effect_share", "effect_share_translated"):
            assert row[f"{name}_ci_low"] < row[name] < row[f"{name}_ci_high"]
        assert (row["effect_n"], row["effect_n_equal"], row["effect_n_paired"]) == (600, 2, 2)


def test_what_goes_with_a_value_is_not_its_effect():
    # The first group moves the principal space alone, and mostly goes with the second, which
    # moves the null space: means over a value cannot tell them apart.
    rng = np.random.default_rng(3)
    head = decompose_head(rng.normal(size=(6, 12)))
    first = rng.integers(3, size=4000)
    second = np.where(rng.random(4000) < 0.8, first, rng.integers(3, size=4000))
    features = rng.normal(size=(4000, 12))
    features += 2 * rng.normal(size=(3, 6))[first] @ head.principal.T
    features += 2 * rng.normal(size=(3, 6))[second] @ head.null.T
    block = rng.integers(BLOCKS, size=4000)
    translator = LinearTranslator(rng.normal(size=(5, 12)), np.zeros(5))
    sums = ValueSums(3, 12)
    sums.add(features, first, block)

    one, other = effect_shares(features, np.stack([first, second]), block, [3, 3], head, translator)

    (means, _) = ShareScorer(head, translator).score([(sums, np.eye(3, 5))])[0]
    assert means["feature_share"] > 0.25
    assert one["effect_share"] < 0.03
    assert other["effect_share"] > 0.97


def test_noise_alone_has_no_share_that_is_sure():
    features, own, block, sizes, head, translator = drawn()
    rng = np.random.default_rng(1)
    noise = rng.normal(size=features.shape)

    (row, *_) = effect_shares(noise, own, block, sizes, head, translator)

    assert not row["effect_share_ci_high"] - row["effect_share_ci_low"] < 0.5


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_shares_do_not_depend_on_the_order_of_images_or_the_scale(seed):
    features, own, block, sizes, head, translator = drawn(seed, n=300)
    order = np.random.default_rng(seed).permutation(300)

    given_ = list(effect_shares(features, own, block, sizes, head, translator))
    turned = list(
        effect_shares(7 * features[order], own[:, order], block[order], sizes, head, translator)
    )

    for one, other in zip(given_, turned, strict=True):
        assert other["effect_share"] == pytest.approx(one["effect_share"], abs=1e-5, nan_ok=True)


def test_a_group_that_tells_the_value_is_not_held_equal():
    _, own, *_ = drawn()
    same = np.stack([own[0], 3 - own[0], own[1]])

    design = Design.of(0, same, [4, 4, 3], 10)

    assert (design.n_equal, design.others.shape[1]) == (1, 1 + 3)


def test_groups_with_many_values_are_left_out_last_of_all_by_their_size(monkeypatch):
    _, own, *_ = drawn(sizes=(4, 3, 2, 9))
    sizes = [4, 3, 2, 9]
    monkeypatch.setattr(effects, "_MOST_EQUAL", 8)

    design = Design.of(0, own, sizes, 10)
    assert (design.n_equal, design.n_paired, design.others.shape[1]) == (2, 2, 1 + 2 + 3)

    monkeypatch.setattr(effects, "_MOST_NUMBERS", 4 * 3 * 10)
    design = Design.of(0, own, sizes, 10)
    assert (design.n_equal, design.n_paired, design.n_columns) == (2, 1, 1 + 2)


def test_the_effect_of_a_group_without_others_is_that_of_its_means():
    features, own, block, sizes, head, translator = drawn(n=3000)

    (row,) = effect_shares(features, own[:1], block, sizes[:1], head, translator)

    sums = ValueSums(4, 12)
    sums.add(features, own[0], block)
    (means, _) = ShareScorer(head, translator).score([(sums, np.eye(4, 7))])[0]
    assert row["effect_share"] == pytest.approx(means["feature_share"], abs=0.01)
    assert row["effect_n_equal"] == 0
