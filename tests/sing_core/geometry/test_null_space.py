import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sing_core.geometry.equivalent_pairs import null_coordinates, remove_null
from sing_core.geometry.null_space import (
    NoNullSpaceError,
    centered_rows,
    decompose_head,
    factor_head,
    require_null_space,
)
from sing_core.geometry.rank_rules import rank_by_energy, rank_within_budget, storage_dtype


def test_by_hand():
    # The head reads x and twice y. It never looks at z.
    head = decompose_head(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))

    equivalent = remove_null(np.array([[3.0, 4.0, 5.0]]), head)

    np.testing.assert_allclose(equivalent, [[3.0, 4.0, 0.0]], atol=1e-15)
    assert (head.rank, head.null_dim) == (2, 1)
    np.testing.assert_allclose(head.singular_values, [2, 1])
    assert (head.sigma_max, head.sigma_rank, head.sigma_next) == pytest.approx((2, 1, 0))


@given(st.integers(2, 12), st.integers(2, 24), st.integers(0, 2**32 - 1))
def test_logits_stay_and_the_parts_add_up(classes, features, seed):
    rng = np.random.default_rng(seed)
    weight, f = rng.normal(size=(classes, features)), rng.normal(size=(5, features))

    head = decompose_head(weight)
    equivalent = remove_null(f, head)

    np.testing.assert_allclose(equivalent @ weight.T, f @ weight.T, atol=1e-12)
    np.testing.assert_allclose(f - equivalent, null_coordinates(f, head) @ head.null.T, atol=1e-12)
    np.testing.assert_allclose(equivalent, f @ head.principal @ head.principal.T, atol=1e-12)
    assert head.rank == min(classes, features) == np.linalg.matrix_rank(weight)
    assert head.orthonormality < 1e-13
    assert head.leak < 1e-13


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rank_does_not_depend_on_the_scale_of_the_weights(rng, scale, dtype):
    weight = rng.normal(size=(10, 64))
    weight[9] = weight[0] + weight[1]
    # Scaled after rounding, as half precision cannot hold 1e6 itself.
    weight = weight.astype(dtype).astype(np.float64) * scale

    head = decompose_head(weight, dtype=np.dtype(dtype).name)

    assert head.rank == 9


def test_rank_of_a_large_head_under_storage_noise(rng):
    # Rank 99 before rounding. The rule may find a few fewer, never the rounding noise.
    weight = 0.03 * rng.normal(size=(100, 200))
    weight[-1] = -weight[:-1].sum(axis=0)
    stored = weight.astype(np.float16).astype(np.float64)

    head = decompose_head(stored, dtype="float16")

    assert np.linalg.matrix_rank(stored) == 100
    assert head.rank == 99
    assert head.sigma_rank / head.sigma_next == pytest.approx(head.gap)


def test_singular_values_agree_with_the_eigenvalues_of_the_gram_matrix(rng):
    weight = rng.normal(size=(6, 9))

    head = decompose_head(weight)

    eigenvalues = np.linalg.eigvalsh(weight @ weight.T)[::-1]
    np.testing.assert_allclose(head.singular_values**2, eigenvalues)


def test_a_head_of_full_column_rank_has_no_null_space(rng):
    head = decompose_head(rng.normal(size=(10, 8)))

    with pytest.raises(NoNullSpaceError, match=r"rank 8, equal to its 8 features.*more penult"):
        require_null_space(head, 10)


def test_an_all_zero_head_is_no_head():
    with pytest.raises(NoNullSpaceError, match="weights are all zero"):
        require_null_space(decompose_head(np.zeros((3, 5))), 3)


def test_rank_and_rtol_overrule_the_cut(rng):
    weight = np.diag([4.0, 2.0, 1.0, 0.5])

    assert decompose_head(weight, rank=2).null_dim == 2
    assert decompose_head(weight, rtol=0.3).rank == 2
    with pytest.raises(ValueError, match="null_space.rank is 5"):
        decompose_head(weight, rank=5)


def test_weights_must_be_finite():
    with pytest.raises(ValueError, match="NaN or infinity"):
        decompose_head(np.array([[1.0, np.nan]]))


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32"])
def test_the_precision_of_upcast_weights_is_seen(rng, precision):
    import torch

    weight = torch.from_numpy(rng.normal(size=(4, 7))).to(getattr(torch, precision))

    assert storage_dtype(weight.float().numpy(), "float32") == precision


def test_the_centered_heads_null_space_moves_no_probability(rng):
    weight, features = rng.normal(size=(6, 15)), rng.normal(size=(40, 15))

    head = decompose_head(centered_rows(weight))

    assert head.null_dim == 15 - 5  # one more than the head's own
    before = features @ weight.T
    after = remove_null(features, head) @ weight.T
    np.testing.assert_allclose(softmax(after, axis=1), softmax(before, axis=1), atol=1e-12)
    assert np.abs(after - before).max() > 0.1


def test_more_classes_than_features_leave_softmax_nothing(rng):
    assert decompose_head(centered_rows(rng.normal(size=(20, 8)))).null_dim == 0


def test_energy_by_hand():
    sigma = np.array([3.0, 2.0, 1.0])  # squares 9, 4, 1 of 14

    assert rank_by_energy(sigma, 9 / 14 - 1e-9) == 1
    assert rank_by_energy(sigma, 0.9) == 2
    assert rank_by_energy(sigma, 0.95) == 3


@pytest.mark.parametrize("budget", [{"max_drift": 2.0}, {"max_flips": 0.1}])
def test_a_measured_cut_is_the_largest_that_keeps_its_budget(rng, budget):
    weight, bias = rng.normal(size=(20, 12)), rng.normal(size=20)
    weight = weight * np.geomspace(1, 0.01, 12)
    features = rng.normal(size=(300, 12))

    rank = rank_within_budget(
        weight, bias, factor_head(weight).directions, features, quantile=0.95, **budget
    )

    def cost(rank):
        after = remove_null(features, decompose_head(weight, rank=rank))
        before = features @ weight.T + bias
        change = after @ weight.T + bias - before
        if "max_drift" in budget:
            return np.quantile(np.abs(change).max(axis=1), 0.95, method="higher")
        return ((before + change).argmax(1) != before.argmax(1)).mean()

    (most,) = budget.values()
    assert 1 < rank < 12
    assert cost(rank) <= most < cost(rank - 1)


def test_a_budget_that_nothing_keeps_removes_nothing(rng):
    weight = rng.normal(size=(20, 12))
    features = rng.normal(size=(50, 12))

    rank = rank_within_budget(
        weight, np.zeros(20), factor_head(weight).directions, features, quantile=1.0, max_drift=1e-9
    )

    assert rank == 12
