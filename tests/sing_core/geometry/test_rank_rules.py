import numpy as np
import pytest

from sing_core.geometry.null_space import centered_rows, decompose_head, factor_head
from sing_core.geometry.rank_rules import rank_of


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("prepare", [np.asarray, centered_rows])
def test_the_rank_without_directions_is_that_of_the_decomposition(rng, dtype, prepare):
    weight = prepare(rng.normal(size=(10, 16)).astype(dtype).astype(np.float64))
    weight[9] = weight[0] + weight[1]

    assert rank_of(weight, dtype) == decompose_head(weight, dtype=dtype).rank


def test_one_decomposition_serves_every_rank(rng):
    weight = rng.normal(size=(6, 9))
    factors = factor_head(weight)

    for rank in (1, 3, 6):
        whole, cut = decompose_head(weight, rank=rank), decompose_head(factors, rank=rank)

        np.testing.assert_array_equal(cut.null, whole.null)
        np.testing.assert_array_equal(cut.principal, whole.principal)
        assert (cut.cutoff, cut.leak) == (whole.cutoff, whole.leak)
