"""What is told by several models of a run together: class orders, and translators' heads."""

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from flows.prepare_models import Head
from warehouse import parquet
from warehouse.layout import DataRoot


def compare_models(heads: list[Head], run_id: str, root: DataRoot) -> None:
    """Store the tables that need every model's scores."""
    models = [head.about.model for head in heads]
    tables = {
        "class_order_correlations": class_orders(
            {model: pl.read_parquet(root.table(run_id, "class_scores", model)) for model in models}
        ),
        "translator_agreement": [
            _agreement(
                [parquet.read_row(root.table(run_id, "translator_heads", m)) for m in models]
            )
        ],
    }
    for name, rows in tables.items():
        columns = [c for c in parquet.arrow_schemas()[name].names if c != "run_id"]
        values: dict[str, Any] = {column: [row[column] for row in rows] for column in columns}
        parquet.write(
            root.table(run_id, name),
            parquet.table(name, {"run_id": [run_id] * len(rows), **values}),
        )


def class_orders(scores: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Rank correlation of the classes' median |AS| between every two models.

    Parameters
    ----------
    scores
        Per model its rows of table ``class_scores``.

    Returns
    -------
    list of dict
        Rows of ``class_order_correlations``; ``p_adjusted`` holds the false
        discovery rate over the pairs (Benjamini-Hochberg).
    """
    rows: list[dict[str, Any]] = []
    for a, b in combinations(scores, 2):
        both = (
            scores[a]
            .join(scores[b], on="class_index", suffix="_b")
            .drop_nulls(["abs_as_median_deg", "abs_as_median_deg_b"])
        )
        found = (None, None)
        x, y = both["abs_as_median_deg"], both["abs_as_median_deg_b"]
        if len(both) > 2 and x.n_unique() > 1 and y.n_unique() > 1:
            result = stats.spearmanr(x.to_numpy(), y.to_numpy())
            found = (float(result.statistic), float(result.pvalue))
        rows.append(
            {"model_a": a, "model_b": b, "n": len(both), "spearman": found[0], "p_value": found[1]}
        )
    known = [row for row in rows if row["p_value"] is not None]
    adjusted = stats.false_discovery_control([row["p_value"] for row in known]) if known else []
    for row in rows:
        row["p_adjusted"] = None
    for row, p in zip(known, adjusted, strict=True):
        row["p_adjusted"] = float(p)
    return rows


def _agreement(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Pearson correlation over models of the heads' accuracies before and after translation."""
    pairs = np.array(
        [
            (row["top1_principal"], row["top1_translated"])
            for row in rows
            if row["top1_principal"] is not None
        ]
    ).reshape(-1, 2)
    pearson, p_value = None, None
    if len(pairs) > 2 and (np.ptp(pairs, axis=0) > 0).all():
        result = stats.pearsonr(*pairs.T)
        pearson, p_value = float(result.statistic), float(result.pvalue)
    return {"n_models": len(pairs), "pearson": pearson, "p_value": p_value}
