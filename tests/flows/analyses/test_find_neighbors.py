"""The nearest pictures against the oracle."""

import numpy as np
import pytest

from tests.oracle.scores import angle


def approx(value):
    return pytest.approx(value, abs=1e-6)


def test_neighbors(made_once, oracle, recomputed):
    rows = made_once.rows("from latest.neighbors where model = 'res' order by neighbor_rank")
    assert len(rows) == 70 * 2 * 5
    for image_id, s in recomputed["res"].items():
        for side in ("original", "equivalent"):
            angles = {i: angle(s[side], z) for i, z in oracle.embeddings.items()}
            nearest = sorted(angles.values())[:5]
            mine = [r for r in rows if (r["image_id"], r["side"]) == (image_id, side)]
            assert [r["neighbor_rank"] for r in mine] == [1, 2, 3, 4, 5]
            np.testing.assert_allclose([r["angle_deg"] for r in mine], nearest, atol=1e-6)
            for r in mine:
                assert r["angle_deg"] == approx(angles[r["neighbor_image_id"]])
