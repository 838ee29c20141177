import numpy as np
import polars as pl
import pytest
from scipy import stats

from sing_core.statistics.across_models import accuracies_agree, class_orders


def classes(*medians):
    return pl.DataFrame(
        {"class_index": range(len(medians)), "abs_as_median_deg": medians},
        schema_overrides={"abs_as_median_deg": pl.Float64},
    )


def test_orders_by_hand():
    scores = {"a": classes(1, 2, 3, 4), "b": classes(10, 20, 30, 40), "c": classes(4, 3, 2, 1)}

    rows = class_orders(scores)

    assert [(r["model_a"], r["model_b"]) for r in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row["spearman"] for row in rows] == pytest.approx([1, -1, -1])
    assert [row["n"] for row in rows] == [4, 4, 4]


def test_p_values_are_adjusted_over_the_pairs(rng):
    scores = {name: classes(*rng.normal(size=12)) for name in "abcd"}

    rows = class_orders(scores)

    pairs = [
        stats.spearmanr(scores[row["model_a"]]["abs_as_median_deg"].to_numpy(),
                        scores[row["model_b"]]["abs_as_median_deg"].to_numpy())
        for row in rows
    ]  # fmt: skip
    assert [row["p_value"] for row in rows] == pytest.approx([p.pvalue for p in pairs])
    # Benjamini-Hochberg by hand: the smallest of p m / rank from there up.
    p = np.array([row["p_value"] for row in rows])
    order = np.argsort(p)
    stepped = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    assert [rows[i]["p_adjusted"] for i in order] == pytest.approx(stepped.clip(max=1).tolist())


@pytest.mark.parametrize("other", [(1, None, None, 2), (5, 5, 5, 5)])
def test_no_order_is_none(other):
    (row,) = class_orders({"a": classes(1, 2, 3, 4), "b": classes(*other)})

    assert (row["spearman"], row["p_value"], row["p_adjusted"]) == (None, None, None)


def test_accuracies_by_hand():
    pairs = [(0.1, 0.2), (0.2, 0.4), (0.3, 0.6), (None, 0.9)]

    found = accuracies_agree(pairs)

    assert found["n_models"] == 3
    assert found["pearson"] == pytest.approx(1)
    assert accuracies_agree(pairs[:2])["pearson"] is None
    assert accuracies_agree([(0.5, 0.1), (0.5, 0.2), (0.5, 0.3)])["p_value"] is None
