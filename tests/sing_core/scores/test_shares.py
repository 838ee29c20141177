import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.shares import ShareScorer
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.jackknife import BLOCKS
from tests.sing_core.scores.labeled_world import made


def spread_of(features, value, block, projector, seen_along):
    """Variance over values of what is seen of a part, by pairs of images of different blocks."""
    seen = (features - features.mean(axis=0)) @ projector.T @ seen_along
    total = 0.0
    for v in np.unique(value):
        mine = np.flatnonzero(value == v)
        apart = block[mine][:, None] != block[mine][None]
        total += len(mine) / len(value) * (seen[mine] @ seen[mine].T)[apart].mean()
    return total


def by_definition(features, value, block, null_projector, seen_along):
    """B_n / (B_n + B_p)."""
    rest = np.eye(len(null_projector)) - null_projector
    null, other = (
        spread_of(features, value, block, part, seen_along) for part in (null_projector, rest)
    )
    return null / (null + other)


def test_the_share_is_its_definition():
    features, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    for start in range(0, 300, 64):
        piece = slice(start, start + 64)
        sums.add(features[piece], value[piece], block[piece])

    scores = ShareScorer(head, translator).score([(sums, texts)])[0][0]

    null = head.null @ head.null.T
    axes = texts - texts.mean(axis=0)
    share = by_definition(features, value, block, null, translator.weight.T @ axes.T)
    assert scores["between_value_share"] == pytest.approx(share)
    assert scores["share_ci_low"] < share < scores["share_ci_high"]
    np.testing.assert_allclose(sums.mean(), features.mean(axis=0))
    unseen = by_definition(features, value, block, null, np.eye(12))
    assert scores["feature_share"] == pytest.approx(unseen)
    assert scores["feature_share_ci_low"] < unseen < scores["feature_share_ci_high"]
    assert scores["feature_control_share"] == pytest.approx(head.null_dim / 12)


def test_each_value_has_the_share_of_its_own_mean():
    features, value, block, head, translator, _ = made()
    sums = ValueSums(5, 12)
    sums.add(features, value, block)

    found = ShareScorer(head, translator).score([(sums, np.ones((5, 7)))])[0][1]

    centered = features - features.mean(axis=0)
    for v in range(4):
        mine = np.flatnonzero(value == v)
        apart = block[mine][:, None] != block[mine][None]
        null, whole = (
            (x[mine] @ x[mine].T)[apart].mean() for x in (centered @ head.null, centered)
        )
        assert found["feature_share"][v] == pytest.approx(null / whole)
        low, high = (found[f"feature_share_ci_{end}"][v] for end in ("low", "high"))
        assert low < null / whole < high
    assert np.isnan(found["feature_share"][4])


def test_what_single_images_add_is_no_difference_of_values():
    # Means differ in the principal space alone; three images a value spread everywhere.
    rng = np.random.default_rng(0)
    head = decompose_head(rng.normal(size=(40, 64)))
    means = 2 * rng.normal(size=(200, 40)) @ head.principal.T
    value = np.repeat(np.arange(200), 3)
    sums = ValueSums(200, 64)
    sums.add(means[value] + rng.normal(size=(600, 64)), value, rng.integers(BLOCKS, size=600))
    translator = LinearTranslator(rng.normal(size=(9, 64)), np.zeros(9))

    texts = rng.normal(size=(200, 9))
    ((scores, _),) = ShareScorer(head, translator).score([(sums, texts)])

    assert scores["feature_share"] == pytest.approx(0, abs=0.03)
    assert scores["between_value_share"] == pytest.approx(0, abs=0.03)


def test_a_value_in_one_block_has_no_share_and_in_two_no_interval():
    features, value, block, head, translator, texts = made()
    value[:] = np.where(value == 3, 0, value)
    value[:4], block[:4] = 3, [5, 5, 5, 5]
    sums = ValueSums(4, 12)
    sums.add(features, value, block)
    _, one = ShareScorer(head, translator).score([(sums, texts)])[0]
    block[:2] = 6
    sums = ValueSums(4, 12)
    sums.add(features, value, block)
    _, two = ShareScorer(head, translator).score([(sums, texts)])[0]

    assert np.isnan(one["feature_share"][3])
    assert not np.isnan(two["feature_share"][3])
    assert np.isnan(two["feature_share_ci_low"][3])


def test_the_control_is_the_share_of_a_random_subspace():
    features, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    sums.add(features, value, block)

    scores = ShareScorer(head, translator).score([(sums, texts)])[0][0]

    along = translator.weight.T @ (texts - texts.mean(axis=0)).T
    rng = np.random.default_rng(99)
    drawn = []
    for _ in range(2000):
        basis = np.linalg.qr(rng.normal(size=(12, head.null_dim)))[0]
        inside = basis @ basis.T
        parts = (inside, np.eye(12) - inside)
        drawn.append([spread_of(features, value, block, part, along) for part in parts])
    null, rest = np.mean(drawn, axis=0)
    # Of this ratio of means, by the delta method.
    residual = np.array(drawn) @ [rest, -null] / (null + rest) ** 2
    error = np.std(residual) / np.sqrt(len(drawn))
    assert error < 0.01
    assert scores["control_share"] == pytest.approx(null / (null + rest), abs=4 * error)


def test_values_that_differ_in_the_null_space_alone_have_share_one():
    _, value, block, head, translator, texts = made()
    features = (np.random.default_rng(3).normal(size=(4, head.null_dim)) @ head.null.T)[value]
    sums = ValueSums(4, 12)
    sums.add(features, value, block)

    scores = ShareScorer(head, translator).score([(sums, texts)])[0][0]

    assert scores["between_value_share"] == pytest.approx(1)
    assert scores["feature_share"] == pytest.approx(1)


def test_values_that_do_not_differ_have_no_share():
    _, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    sums.add(np.ones((300, 12)), value, block)

    scores = ShareScorer(head, translator).score([(sums, texts)])[0][0]

    assert np.isnan(scores["between_value_share"])
    assert np.isnan(scores["feature_share"])


def test_a_value_that_no_image_has_changes_nothing():
    features, value, block, head, translator, texts = made()
    few, more = ValueSums(4, 12), ValueSums(5, 12)
    few.add(features, value, block)
    more.add(features, value, block)
    scorer = ShareScorer(head, translator)

    (four, _), (five, _) = scorer.score([(few, texts), (more, np.vstack([texts, texts.mean(0)]))])

    assert four == pytest.approx(five)


def test_the_interval_covers_what_more_images_would_tell():
    covered = []
    for seed in range(60):
        features, value, block, head, translator, texts = made(seed, n=4000)
        truth_sums, sums = ValueSums(4, 12), ValueSums(4, 12)
        truth_sums.add(features, value, block)
        sums.add(features[:400], value[:400], block[:400])
        scorer = ShareScorer(head, translator)
        truth = scorer.score([(truth_sums, texts)])[0][0]["between_value_share"]
        scores = scorer.score([(sums, texts)])[0][0]
        covered.append(scores["share_ci_low"] < truth < scores["share_ci_high"])

    assert np.mean(covered) > 0.8


def test_a_random_subspace_holds_its_share_of_a_difference():
    rng = np.random.default_rng(0)
    apart = rng.normal(size=12)
    shares = []
    for _ in range(2000):
        basis = np.linalg.qr(rng.normal(size=(12, 7)))[0]
        shares.append(np.square(apart @ basis).sum() / np.square(apart).sum())

    assert np.mean(shares) == pytest.approx(7 / 12, abs=0.01)


@given(st.integers(0, 1000))
def test_shares_are_between_zero_and_one(seed):
    features, value, block, head, translator, texts = made(seed, n=60)
    sums = ValueSums(4, 12)
    sums.add(features, value, block)

    scores = ShareScorer(head, translator).score([(sums, texts)])[0][0]

    low, high = scores["share_ci_low"], scores["share_ci_high"]
    assert 0 <= low <= scores["between_value_share"] <= high <= 1
    assert 0 <= scores["control_share"] <= 1
