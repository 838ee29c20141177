"""The stored results: Parquet as the record, a published DuckDB file built from it.

``import warehouse; warehouse.open("data").latest.model_scores.pl()`` reads them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.results import open_results as open

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    if name != "open":
        raise AttributeError(f"module 'warehouse' has no attribute {name!r}")
    from warehouse.results import open_results

    return open_results
