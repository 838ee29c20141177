import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sing_core.angles import angle_deg
from sing_core.equivalent_pairs import remove_null
from sing_core.group_scores import (
    BLOCKS,
    MarginScorer,
    MarginSums,
    ShareScorer,
    ValueSums,
    margin_deg,
)
from sing_core.null_space import decompose_head
from sing_core.subspaces import Subspace
from sing_core.translator import LinearTranslator


def made(seed=0, n=300, m=12, s=7, k=4, c=5):
    rng = np.random.default_rng(seed)
    value = rng.integers(k, size=n)
    features = rng.normal(size=(n, m)) + 2 * rng.normal(size=(k, m))[value] + 3
    head = decompose_head(rng.normal(size=(c, m)))
    translator = LinearTranslator(rng.normal(size=(s, m)), rng.normal(size=s))
    texts = rng.normal(size=(k, s))
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    block = rng.integers(BLOCKS, size=n)
    return features, value, block, head, translator, texts


def test_margin_by_hand():
    angles = np.array([[10.0, 40.0, 70.0], [50.0, 20.0, 40.0]])

    margin = margin_deg(angles, np.array([0, 2]))

    np.testing.assert_allclose(margin, [(40 + 70) / 2 - 10, (50 + 20) / 2 - 40])


def test_the_parts_about_the_mean_are_the_definitions():
    features, *_, head, translator, texts = made()
    mean = features.mean(axis=0)
    whole, without_null, without_principal = MarginScorer(
        Subspace.null_of(head), translator, mean, texts
    ).angles_deg(features)

    null = (features - mean) @ head.null @ head.null.T
    principal = (features - mean) @ head.principal @ head.principal.T
    for angles, left in (
        (whole, features),
        (without_null, features - null),
        (without_principal, features - principal),
    ):
        z = left @ translator.weight.T + translator.bias
        np.testing.assert_allclose(angles, angle_deg(z[:, None], texts[None]), atol=1e-9)


def test_the_part_without_null_has_the_logits_of_null_removal_but_for_a_constant():
    features, *_, head, _, _ = made()
    weight = np.random.default_rng(0).normal(size=(3, 5)) @ head.principal.T[:5]
    mean = features.mean(axis=0)

    about_mean = features - (features - mean) @ head.null @ head.null.T

    np.testing.assert_allclose(about_mean @ weight.T, remove_null(features, head) @ weight.T)


def parts_of(features, head, translator, texts):
    null = Subspace.null_of(head)
    return MarginScorer(null, translator, features.mean(axis=0), texts).angles_deg(features)


def test_margins_are_means_however_they_are_batched():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    at_once, in_pieces = MarginSums(4), MarginSums(4)

    at_once.add(*parts, value, block)
    for start in range(0, len(value), 71):
        piece = slice(start, start + 71)
        in_pieces.add(*(part[piece] for part in parts), value[piece], block[piece])

    whole, left, kept = (margin_deg(part, value).mean() for part in parts)
    result = at_once.result()
    assert result["n"] == 300
    assert result["margin_deg"] == pytest.approx(whole)
    assert result["margin_lost_deg"] == pytest.approx(whole - left)
    assert result["margin_kept_by_null_deg"] == pytest.approx(kept)
    assert result["margin_without_null_deg"] == pytest.approx(left)
    assert in_pieces.result() == pytest.approx(result)


def test_margins_of_each_value_are_those_of_its_images():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    sums = MarginSums(5)  # a fifth value that no image has
    five = [np.pad(part, ((0, 0), (0, 1)), constant_values=90.0) for part in parts]
    sums.add(*five, value, block)

    found = sums.by_value()

    margins = margin_deg(five[0], value)
    for v in range(4):
        assert found["margin_deg"][v] == pytest.approx(margins[value == v].mean())
    assert found["n"].tolist() == [*np.bincount(value), 0]
    assert np.isnan(found["margin_deg"][4])


def test_the_interval_of_a_margin_is_a_jackknife_over_blocks():
    features, value, block, head, translator, texts = made()
    parts = parts_of(features, head, translator, texts)
    sums = MarginSums(4)
    sums.add(*parts, value, block)
    margins = margin_deg(parts[0], value)

    result = sums.result()

    without = [margins[block != b].mean() for b in range(BLOCKS)]
    error = np.sqrt((BLOCKS - 1) * np.var(without))
    reach = stats.t.ppf(0.975, BLOCKS - 1) * error
    assert result["margin_ci_low_deg"] == pytest.approx(margins.mean() - reach)
    assert result["margin_ci_high_deg"] == pytest.approx(margins.mean() + reach)


def test_an_image_without_a_direction_is_left_out_of_margins():
    angles = np.array([[10.0, 40.0], [np.nan, np.nan]])
    sums = MarginSums(2)

    sums.add(angles, angles, angles, np.array([0, 1]), np.array([0, 1]))

    assert sums.result()["n"] == 1
    assert sums.result()["margin_deg"] == 30
    assert np.isnan(sums.result()["margin_ci_low_deg"])  # one block tells no spread


def test_a_group_of_one_text_has_no_margin():
    assert np.isnan(margin_deg(np.array([[10.0]]), np.array([0]))).all()


def by_definition(features, value, block, null_projector, seen_along):
    """B_n / (B_n + B_p), squared means estimated by pairs of images from different blocks."""
    centered = features - features.mean(axis=0)
    spread = []
    for projector in (null_projector, np.eye(len(null_projector)) - null_projector):
        seen = centered @ projector.T @ seen_along
        total = 0.0
        for v in np.unique(value):
            mine = np.flatnonzero(value == v)
            apart = block[mine][:, None] != block[mine][None]
            total += len(mine) / len(value) * (seen[mine] @ seen[mine].T)[apart].mean()
        spread.append(total)
    return spread[0] / sum(spread)


def test_the_share_is_its_definition():
    features, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    for start in range(0, 300, 64):
        piece = slice(start, start + 64)
        sums.add(features[piece], value[piece], block[piece])

    scores = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0][0]

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

    found = ShareScorer(head, translator, seed=0).score([(sums, np.ones((5, 7)))])[0][1]

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
    ((scores, _),) = ShareScorer(head, translator, seed=0).score([(sums, texts)])

    assert scores["feature_share"] == pytest.approx(0, abs=0.03)
    assert scores["between_value_share"] == pytest.approx(0, abs=0.03)


def test_a_value_in_one_block_has_no_share_and_in_two_no_interval():
    features, value, block, head, translator, texts = made()
    value[:] = np.where(value == 3, 0, value)
    value[:4], block[:4] = 3, [5, 5, 5, 5]
    sums = ValueSums(4, 12)
    sums.add(features, value, block)
    _, one = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0]
    block[:2] = 6
    sums = ValueSums(4, 12)
    sums.add(features, value, block)
    _, two = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0]

    assert np.isnan(one["feature_share"][3])
    assert not np.isnan(two["feature_share"][3])
    assert np.isnan(two["feature_share_ci_low"][3])


def test_the_control_is_the_share_of_random_subspaces():
    features, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    sums.add(features, value, block)

    controls = [
        ShareScorer(head, translator, seed=seed).score([(sums, texts)])[0][0]["control_share"]
        for seed in range(40)
    ]

    along = translator.weight.T @ (texts - texts.mean(axis=0)).T
    rng = np.random.default_rng(99)
    direct = []
    for _ in range(320):
        basis = np.linalg.qr(rng.normal(size=(12, head.null_dim)))[0]
        direct.append(by_definition(features, value, block, basis @ basis.T, along))
    error = np.std(direct) / np.sqrt(320) * np.sqrt(2)
    assert np.mean(controls) == pytest.approx(np.mean(direct), abs=4 * error)


def test_values_that_differ_in_the_null_space_alone_have_share_one():
    _, value, block, head, translator, texts = made()
    features = (np.random.default_rng(3).normal(size=(4, head.null_dim)) @ head.null.T)[value]
    sums = ValueSums(4, 12)
    sums.add(features, value, block)

    scores = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0][0]

    assert scores["between_value_share"] == pytest.approx(1)
    assert scores["feature_share"] == pytest.approx(1)


def test_values_that_do_not_differ_have_no_share():
    _, value, block, head, translator, texts = made()
    sums = ValueSums(4, 12)
    sums.add(np.ones((300, 12)), value, block)

    scores = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0][0]

    assert np.isnan(scores["between_value_share"])
    assert np.isnan(scores["feature_share"])


def test_a_value_that_no_image_has_changes_nothing():
    features, value, block, head, translator, texts = made()
    few, more = ValueSums(4, 12), ValueSums(5, 12)
    few.add(features, value, block)
    more.add(features, value, block)
    scorer = ShareScorer(head, translator, seed=0)

    (four, _), (five, _) = scorer.score([(few, texts), (more, np.vstack([texts, texts.mean(0)]))])

    assert four == pytest.approx(five)


def test_the_interval_covers_what_more_images_would_tell():
    covered = []
    for seed in range(60):
        features, value, block, head, translator, texts = made(seed, n=4000)
        truth_sums, sums = ValueSums(4, 12), ValueSums(4, 12)
        truth_sums.add(features, value, block)
        sums.add(features[:400], value[:400], block[:400])
        scorer = ShareScorer(head, translator, seed=0)
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

    scores = ShareScorer(head, translator, seed=0).score([(sums, texts)])[0][0]

    low, high = scores["share_ci_low"], scores["share_ci_high"]
    assert 0 <= low <= scores["between_value_share"] <= high <= 1
    assert 0 <= scores["control_share"] <= 1
