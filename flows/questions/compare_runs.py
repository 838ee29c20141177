"""Whether two runs put their models in the same order: two spaces, two null spaces, two years."""

from typing import Any

import numpy as np
from scipy import stats

from flows.questions.published_run import PublishedRun
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Columns of model_scores that models are ranked by.
RANKED_BY = (
    "is_as_ratio", "ratio_excess", "abs_as_median_deg", "is_median_deg", "null_energy_mean",
)  # fmt: skip


class NothingToCompareError(ValueError):
    """Two runs without a model in common."""

    exit_code = 2


def compare_runs(first: str, second: str, root: DataRoot) -> dict[str, Any]:
    """Compare two runs over the models that both have.

    Returns
    -------
    dict
        ``runs``; ``models``, a row a model with both runs' figures; and
        ``orders``, a row a figure with Spearman's and Kendall's correlation of
        the models' orders, None for fewer than three models.

    Raises
    ------
    NothingToCompareError
        If they have no model in common.
    """
    runs = [PublishedRun.named(name, root) for name in (first, second)]
    scores = [
        {
            row["model"]: row
            for row in Warehouse(root)
            .query(
                f"select model, {', '.join(RANKED_BY)} from main.model_scores where run_id = ?",
                [run.run_id],
            )
            .to_pylist()
        }
        for run in runs
    ]
    common = [model for model in scores[0] if model in scores[1]]
    if not common:
        raise NothingToCompareError(
            f"{runs[0].run_id} and {runs[1].run_id} have no model in common: "
            f"{', '.join(scores[0])} against {', '.join(scores[1])}; models are matched by their id"
        )
    models = [
        {"model": model}
        | {
            f"{name}_{side}": side_scores[model][name]
            for name in RANKED_BY
            for side, side_scores in zip(("a", "b"), scores, strict=True)
        }
        for model in common
    ]
    return {
        "runs": [run.run_id for run in runs],
        "models": models,
        "orders": [_order(name, models) for name in RANKED_BY],
    }


def _order(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = np.array(
        [(row[f"{name}_a"], row[f"{name}_b"]) for row in models], dtype=np.float64
    ).reshape(-1, 2)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    row: dict[str, Any] = {"by": name, "n_models": len(pairs)}
    if len(pairs) < 3 or (np.ptp(pairs, axis=0) == 0).any():
        return row | dict.fromkeys(("spearman", "spearman_p", "kendall", "kendall_p"))
    spearman, kendall = stats.spearmanr(*pairs.T), stats.kendalltau(*pairs.T)
    return row | {
        "spearman": float(spearman.statistic),
        "spearman_p": float(spearman.pvalue),
        "kendall": float(kendall.statistic),
        "kendall_p": float(kendall.pvalue),
    }
