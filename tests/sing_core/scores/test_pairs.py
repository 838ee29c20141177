import numpy as np
import pytest
from scipy.special import softmax

from sing_core.geometry.angles import angle_deg
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.pairs import PairScorer


def test_by_hand():
    # Features (x, y); the head sees x only; the translator is the identity. A feature on the
    # diagonal falls on the x axis: 45 degrees, all of it towards a text on that axis.
    scorer = PairScorer(
        weight=np.array([[1.0, 0.0], [-1.0, 0.0]]),
        bias=np.zeros(2),
        spaces=decompose_head(np.array([[1.0, 0.0], [-1.0, 0.0]])),
        translator=LinearTranslator(np.eye(2), np.zeros(2)),
        class_texts=np.array([[1.0, 0.0], [0.0, 1.0]]),
        concept_texts=np.array([[0.0, 1.0], [1.0, 1.0]]),
    )

    scores = scorer.score(np.array([[2.0, 2.0], [2.0, 2.0], [-3.0, 0.0]]), np.array([0, 1, 1]))

    np.testing.assert_array_equal(scores.predicted_index, [0, 0, 1])
    np.testing.assert_allclose(scores.as_deg, [45, -45, 0], atol=1e-12)
    np.testing.assert_allclose(scores.is_deg, [45, 45, 0], atol=1e-12)
    np.testing.assert_allclose(scores.angle_original_deg, [45, 45, 90], atol=1e-12)
    np.testing.assert_allclose(scores.angle_equivalent_deg, [0, 90, 90], atol=1e-12)
    np.testing.assert_allclose(scores.null_energy, [0.5, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(scores.max_abs_logit_drift, 0, atol=1e-14)
    np.testing.assert_allclose(
        scores.concept_original_deg, [[45, 0], [45, 0], [90, 135]], atol=2e-6
    )
    np.testing.assert_allclose(
        scores.concept_equivalent_deg, [[90, 45], [90, 45], [90, 135]], atol=2e-6
    )


@pytest.fixture
def scorer(rng):
    weight = rng.normal(size=(6, 20))
    translator = LinearTranslator(rng.normal(size=(9, 20)), rng.normal(size=9))
    return PairScorer(
        weight, rng.normal(size=6), decompose_head(weight), translator,
        rng.normal(size=(6, 9)), rng.normal(size=(4, 9)),
    )  # fmt: skip


def test_scores_are_those_of_the_pair_formed_explicitly(rng, scorer):
    features, classes = rng.normal(size=(30, 20)).astype(np.float32), rng.integers(0, 6, 30)

    scores = scorer.score(features, classes)

    equivalent = remove_null(features, scorer.spaces)
    before, after = scorer.translator(features), scorer.translator(equivalent)
    texts = scorer.class_texts[classes]
    np.testing.assert_allclose(scores.is_deg, angle_deg(before, after), atol=1e-10)
    np.testing.assert_allclose(
        scores.as_deg, angle_deg(before, texts) - angle_deg(after, texts), atol=1e-10
    )
    logits = features @ scorer.weight.T + scorer.bias
    drift = equivalent @ scorer.weight.T + scorer.bias - logits
    np.testing.assert_allclose(scores.max_abs_logit_drift, np.abs(drift).max(axis=1), atol=1e-12)
    np.testing.assert_allclose(scores.kl, 0, atol=1e-12)
    assert not scores.flipped.any()


def test_what_an_approximate_null_space_does_to_predictions_is_told(rng, scorer):
    rough = PairScorer(
        scorer.weight, scorer.bias, decompose_head(scorer.weight, rank=2), scorer.translator,
        scorer.class_texts, scorer.concept_texts,
    )  # fmt: skip
    features = rng.normal(size=(200, 20))

    scores = rough.score(features, rng.integers(0, 6, 200))

    before = features @ scorer.weight.T + scorer.bias
    after = remove_null(features, rough.spaces) @ scorer.weight.T + scorer.bias
    p, q = softmax(before, axis=1), softmax(after, axis=1)
    np.testing.assert_allclose(scores.kl, (p * np.log(p / q)).sum(axis=1), atol=1e-10)
    np.testing.assert_array_equal(scores.flipped, before.argmax(1) != after.argmax(1))
    np.testing.assert_allclose(scores.max_abs_logit_drift, np.abs(after - before).max(axis=1))
    assert scores.flipped.any()


def test_the_attribute_score_never_exceeds_the_image_score(rng, scorer):
    scores = scorer.score(rng.normal(size=(500, 20)), rng.integers(0, 6, 500))

    shift = scores.concept_original_deg - scores.concept_equivalent_deg
    assert (np.abs(scores.as_deg) <= scores.is_deg + 1e-10).all()
    assert (np.abs(shift) <= scores.is_deg[:, None] + 1e-6).all()


def test_a_zero_translation_has_no_score(scorer):
    silent = PairScorer(
        scorer.weight, scorer.bias, scorer.spaces,
        LinearTranslator(scorer.translator.weight, np.zeros(9)),
        scorer.class_texts, scorer.concept_texts,
    )  # fmt: skip

    scores = silent.score(np.zeros((1, 20)), np.array([0]))

    assert np.isnan([scores.as_deg, scores.is_deg, scores.null_energy]).all()
    assert np.isnan(scores.concept_original_deg).all()
