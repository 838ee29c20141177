"""What is told by several models of a run together: class orders, and translators' heads."""

from typing import Any

import polars as pl

from flows.runs.extracted import ExtractedRun
from sing_core.statistics.across_models import accuracies_agree, class_orders
from warehouse.schema import arrow_schemas
from warehouse.stored import parquet


def compare_models(run: ExtractedRun) -> None:
    """Store the tables that need every model's scores."""
    models = [run.model(prepared) for prepared in run.models]
    checked = [model.row("translator_heads") for model in models]
    tables = {
        "class_order_correlations": class_orders(
            {model.id: pl.DataFrame(model.rows("class_scores")) for model in models}
        ),
        "translator_agreement": [
            accuracies_agree([(row["top1_principal"], row["top1_translated"]) for row in checked])
        ],
    }
    for name, rows in tables.items():
        columns = [column for column in arrow_schemas()[name].names if column != "run_id"]
        values: dict[str, Any] = {column: [row[column] for row in rows] for column in columns}
        table = parquet.table(name, {"run_id": [run.run_id] * len(rows), **values})
        run.folder.write(name, table)
