"""Models beside each other, against SciPy."""

import numpy as np
import pytest
from scipy import stats


def test_class_order_correlations(made_once, recomputed):
    medians = {
        model: [
            np.median([abs(s["as_deg"]) for s in scores.values() if s["class_index"] == c])
            for c in range(5)
        ]
        for model, scores in recomputed.items()
    }
    expected = stats.spearmanr(medians["res"], medians["byob"])

    (row,) = made_once.rows("from latest.class_order_correlations")

    assert row["n"] == 5
    assert row["spearman"] == pytest.approx(expected.statistic)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["p_adjusted"] == pytest.approx(expected.pvalue)
