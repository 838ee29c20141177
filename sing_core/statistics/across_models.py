"""What is told by several models together: orders of classes, and of accuracies."""

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy import stats


def class_orders(scores: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Rank correlation of the classes' median |AS| between every two models.

    Parameters
    ----------
    scores
        Per model its ``class_index`` and ``abs_as_median_deg``, a row a class.

    Returns
    -------
    list of dict
        ``model_a, model_b, n, spearman, p_value, p_adjusted``, the last holding the
        false discovery rate over the pairs (Benjamini-Hochberg); None where
        there are fewer than three classes, or no order among them.
    """
    rows: list[dict[str, Any]] = []
    for a, b in combinations(scores, 2):
        both = (
            scores[a]
            .join(scores[b], on="class_index", suffix="_b")
            .drop_nulls(["abs_as_median_deg", "abs_as_median_deg_b"])
        )
        row: dict[str, Any] = {"model_a": a, "model_b": b, "n": len(both)}
        row |= {"spearman": None, "p_value": None, "p_adjusted": None}
        x, y = both["abs_as_median_deg"], both["abs_as_median_deg_b"]
        if len(both) > 2 and x.n_unique() > 1 and y.n_unique() > 1:
            result = stats.spearmanr(x.to_numpy(), y.to_numpy())
            row |= {"spearman": float(result.statistic), "p_value": float(result.pvalue)}
        rows.append(row)
    known = [row for row in rows if row["p_value"] is not None]
    adjusted = stats.false_discovery_control([row["p_value"] for row in known]) if known else []
    for row, p in zip(known, adjusted, strict=True):
        row["p_adjusted"] = float(p)
    return rows


def accuracies_agree(pairs: list[tuple[float | None, float | None]]) -> dict[str, Any]:
    """Pearson correlation over models of accuracies before and after translation.

    Returns
    -------
    dict
        ``n_models`` with both known; ``pearson`` and ``p_value``, None for fewer than
        three or where either does not vary.
    """
    known = np.array([pair for pair in pairs if None not in pair], dtype=float).reshape(-1, 2)
    pearson, p_value = None, None
    if len(known) > 2 and (np.ptp(known, axis=0) > 0).all():
        result = stats.pearsonr(*known.T)
        pearson, p_value = float(result.statistic), float(result.pvalue)
    return {"n_models": len(known), "pearson": pearson, "p_value": p_value}
