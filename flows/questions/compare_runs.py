"""Whether two runs put their models in the same order: two spaces, two null spaces, two years."""

from typing import Any

import numpy as np

from flows.questions.named_runs import run_named
from sing_core.statistics.order_agreement import order_agreement
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Models that have an order.
_FEWEST = 3


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
    warehouse = Warehouse(root)
    runs = [run_named(name, root) for name in (first, second)]
    tables = [warehouse.ask("ranked_models", run=run) for run in runs]
    ranked_by = [name for name in tables[0].column_names if name != "model"]
    scores = [{row["model"]: row for row in table.to_pylist()} for table in tables]
    common = [model for model in scores[0] if model in scores[1]]
    if not common:
        raise NothingToCompareError(
            f"{runs[0]} and {runs[1]} have no model in common: "
            f"{', '.join(scores[0])} against {', '.join(scores[1])}; models are matched by their id"
        )
    models = [
        {"model": model}
        | {
            f"{name}_{side}": side_scores[model][name]
            for name in ranked_by
            for side, side_scores in zip(("a", "b"), scores, strict=True)
        }
        for model in common
    ]
    return {
        "runs": runs,
        "models": models,
        "orders": [_order(name, models) for name in ranked_by],
    }


def _order(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    known = [
        (row[f"{name}_a"], row[f"{name}_b"])
        for row in models
        if None not in (row[f"{name}_a"], row[f"{name}_b"])
    ]
    row: dict[str, Any] = {"by": name, "n_models": len(known)}
    if len(known) < _FEWEST:
        return row | dict.fromkeys(("spearman", "spearman_p", "kendall", "kendall_p"))
    return row | order_agreement(np.array(known, dtype=np.float64))
