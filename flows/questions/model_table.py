"""The result of a run in one small table."""

from typing import Any

from warehouse.layout import DataRoot
from warehouse.read import Warehouse


def model_table(root: DataRoot, run_id: str) -> list[dict[str, Any]]:
    """One row a model of a published run, best IS/|AS| ratio first; angles in degrees."""
    return list(Warehouse(root).ask("headlines", run=run_id).to_pylist())


def for_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Shorten the same rows for a terminal: under 80 columns, the interval in one of them."""
    return [
        {
            "model": row["model"],
            "rank": row["rank"],
            "null": row["null_dim"],
            "|AS|": row["abs_as_median_deg"],
            "IS": row["is_median_deg"],
            "IS/|AS|": row["is_as_ratio"],
            "95 % interval": None
            if row["ratio_ci_low"] is None
            else f"{row['ratio_ci_low']} to {row['ratio_ci_high']}",
            "control": row["control_ratio"],
            "cosine": row["translator_cosine"],
        }
        for row in rows
    ]
