import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sing_core.geometry.angles import angle_deg, angle_of_cosine_deg, angles_deg, unit


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 0], [0, 2], 90),
        ([1, 0], [3, 0], 0),
        ([1, 0], [-1, 0], 180),
        ([1, 0], [1, 1], 45),
        ([2, 0, 0], [1, np.sqrt(3), 0], 60),
    ],
)
def test_by_hand(a, b, expected):
    assert angle_deg(np.array(a, float), np.array(b, float)) == pytest.approx(expected, abs=1e-12)


@given(st.floats(1e-9, 179.999), st.integers(0, 2**32 - 1))
def test_a_rotation_is_measured_exactly(angle, seed):
    rng = np.random.default_rng(seed)
    a, b = np.linalg.qr(rng.normal(size=(256, 2)))[0].T
    turned = np.cos(np.radians(angle)) * a + np.sin(np.radians(angle)) * b

    assert angle_deg(17 * a, 0.3 * turned) == pytest.approx(angle, abs=1e-11)
    # Beside 0, a cosine that is k steps of 1.1e-16 below 1 is an angle of sqrt(2.2e-16 k). Two
    # lengths and a sum of 256 products were seen to take 4 steps (1.7e-6 degrees); room for 20.
    assert angles_deg(a[None], turned[None])[0, 0] == pytest.approx(angle, abs=4e-6)


def test_parallel_float32_vectors_have_no_angle():
    # The arccos of a float32 cosine reports up to 0.03 degrees here.
    vectors = np.random.default_rng(0).normal(size=(500, 768)).astype(np.float32)

    assert angle_deg(vectors, 2 * vectors).max() < 1e-5


def test_all_pairs_agree_with_one_pair_at_a_time(rng):
    a, b = rng.normal(size=(5, 16)), rng.normal(size=(7, 16))

    pairs = [[angle_deg(x, y) for y in b] for x in a]

    np.testing.assert_allclose(angles_deg(a, b), pairs, atol=1e-11)


def test_a_zero_vector_has_no_direction():
    a = np.array([[0.0, 0.0], [1.0, 0.0]])

    assert np.isnan(unit(a)[0]).all()
    np.testing.assert_array_equal(np.isnan(angle_deg(a, a[1])), [True, False])
    np.testing.assert_array_equal(np.isnan(angles_deg(a, a[1:])), [[True], [False]])


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
def test_length_does_not_matter(scale):
    assert angle_deg(np.array([scale, 0.0]), np.array([1.0, 1.0])) == pytest.approx(45)


def test_the_angle_of_a_cosine_is_exact_beside_zero(rng):
    angle = np.concatenate([[0.0, 1e-5, 90.0, 180.0], rng.uniform(0, 180, 20)])

    found = angle_of_cosine_deg(np.cos(np.radians(angle)))

    np.testing.assert_allclose(found[1], 1e-5, atol=1e-6)  # the cosine's own last digit
    np.testing.assert_allclose(found, angle, atol=1e-6)
