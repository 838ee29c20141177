"""A world where everything is linear and known: what SING recovers is the truth, to rounding.

A picture is eight numbers (its attributes). Features code them linearly, the
head reads the first three, the space codes them linearly in its own way, and
every concept is the direction in which one attribute moves the space.
"""

import numpy as np
import pytest

from sing_core.geometry.moments import Moments
from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import fit_ridge
from sing_core.scores.effects import effect_shares
from sing_core.scores.pairs import PairScorer
from sing_core.scores.shares import ShareScorer
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.jackknife import BLOCKS

N, SEEN, ATTRIBUTES, SPACE = 400, 3, 8, 11


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(4)
    attributes = rng.normal(size=(N, ATTRIBUTES)) + rng.normal(size=ATTRIBUTES)
    code = np.linalg.qr(rng.normal(size=(ATTRIBUTES, ATTRIBUTES)))[0]
    reads = rng.normal(size=(5, SEEN))
    meaning = rng.normal(size=(SPACE, ATTRIBUTES))
    features = attributes @ code.T
    weight = reads @ code[:, :SEEN].T
    moments = Moments(ATTRIBUTES, SPACE)
    moments.add(features, attributes @ meaning.T)
    translator = fit_ridge(moments, 1e-15, intercept=True)
    return {
        "attributes": attributes, "code": code, "meaning": meaning, "features": features,
        "weight": weight, "head": decompose_head(weight, dtype="float64"),
        "translator": translator,
    }  # fmt: skip


def angle(a, b):
    return np.degrees(np.arccos((a @ b) / np.sqrt((a @ a) * (b @ b))))


def test_rank_and_null_space(world):
    head = world["head"]

    assert (head.rank, head.null_dim) == (SEEN, ATTRIBUTES - SEEN)
    unseen = world["code"][:, SEEN:]
    np.testing.assert_allclose(head.null @ head.null.T, unseen @ unseen.T, atol=1e-12)


def test_translator(world):
    translator = world["translator"]

    np.testing.assert_allclose(translator.weight, world["meaning"] @ world["code"].T, atol=1e-10)
    np.testing.assert_allclose(translator.bias, 0, atol=1e-10)


def test_every_score_and_every_concepts_shift(world):
    concepts = world["meaning"].T / np.linalg.norm(world["meaning"], axis=0)[:, None]
    class_index = np.arange(N) % ATTRIBUTES
    scorer = PairScorer(
        world["weight"], np.zeros(5), world["head"], world["translator"], concepts, concepts
    )

    scores = scorer.score(world["features"], class_index)

    for i, attributes in enumerate(world["attributes"]):
        left = np.where(np.arange(ATTRIBUTES) < SEEN, attributes, 0)
        z, z_left = world["meaning"] @ attributes, world["meaning"] @ left
        own = concepts[class_index[i]]
        assert scores.is_deg[i] == pytest.approx(angle(z, z_left), abs=1e-8)
        assert scores.as_deg[i] == pytest.approx(angle(z, own) - angle(z_left, own), abs=1e-8)
        for k, text in enumerate(concepts):
            assert scores.concept_original_deg[i, k] == pytest.approx(angle(z, text), abs=1e-8)
            assert scores.concept_equivalent_deg[i, k] == pytest.approx(
                angle(z_left, text), abs=1e-8
            )
        energy = (attributes[SEEN:] ** 2).sum() / (attributes**2).sum()
        assert scores.null_energy[i] == pytest.approx(energy)
        assert scores.max_abs_logit_drift[i] < 1e-12


@pytest.mark.parametrize(("attribute", "share"), [(0, 0.0), (2, 0.0), (3, 1.0), (7, 1.0)])
def test_where_an_attribute_lies(world, attribute, share):
    # The same pictures twice, the attribute once low and once high: all else is equal on average.
    low, high = (world["attributes"].copy() for _ in range(2))
    low[:, attribute], high[:, attribute] = -1, 1
    features = np.concatenate([low, high]) @ world["code"].T
    sums = ValueSums(2, ATTRIBUTES)
    sums.add(features, np.repeat([0, 1], N), np.tile(np.arange(N) % BLOCKS, 2))
    direction = world["meaning"][:, attribute] / np.linalg.norm(world["meaning"][:, attribute])

    scores, _ = ShareScorer(world["head"], world["translator"]).score(
        [(sums, np.stack([-direction, direction]))]
    )[0]

    assert scores["between_value_share"] == pytest.approx(share, abs=1e-12)
    assert scores["feature_share"] == pytest.approx(share, abs=1e-12)


def test_an_attribute_half_seen_has_the_share_of_its_angle(world):
    # It moves along a direction 30 degrees out of what the head reads.
    tilt = np.radians(30)
    way = np.cos(tilt) * world["code"][:, 0] + np.sin(tilt) * world["code"][:, 5]
    # One picture over and over: what else varies would be averaged away, but never to nothing.
    features = world["features"][:1] + np.repeat([-way, way], N, axis=0)
    sums = ValueSums(2, ATTRIBUTES)
    sums.add(features, np.repeat([0, 1], N), np.tile(np.arange(N) % BLOCKS, 2))

    scores = ShareScorer(world["head"], world["translator"]).score([(sums, np.eye(2, SPACE))])[0][0]

    assert scores["feature_share"] == pytest.approx(np.sin(tilt) ** 2, abs=1e-6)
    own, block = np.repeat([[0, 1]], N, axis=1), np.tile(np.arange(N) % BLOCKS, 2)
    (effect,) = effect_shares(features, own, block, [2], world["head"], world["translator"])
    assert effect["effect_share"] == pytest.approx(np.sin(tilt) ** 2, abs=1e-5)
