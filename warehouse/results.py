"""Stored results as frames, in two lines: ``warehouse.open("data").latest.model_scores.pl()``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse.layout import DataRoot
from warehouse.read import Warehouse

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Answer:
    """A table or query of the published results, not read until it is asked for."""

    warehouse: Warehouse
    query: str
    parameters: dict[str, Any]

    def arrow(self) -> pa.Table:
        """Read it as an Arrow table, from what is newest now.

        Raises
        ------
        NoWarehouseError
            If nothing is published.
        QueryError
            If the query cannot be answered.
        """
        return self.warehouse.query(self.query, self.parameters)

    def pl(self) -> "pl.DataFrame":
        """Read it as a Polars frame."""
        import polars as pl

        frame = pl.from_arrow(self.arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def df(self) -> Any:
        """Read it as a pandas frame."""
        return self.arrow().to_pandas()

    def __repr__(self) -> str:
        return f"Answer({self.query!r}); .pl(), .df() or .arrow() reads it"


class Tables:
    """The tables of one schema, as attributes."""

    def __init__(self, warehouse: Warehouse, name: str) -> None:
        self._warehouse, self._name = warehouse, name

    def __getattr__(self, table: str) -> Answer:
        if table not in dir(self):
            raise AttributeError(
                f"there is no table {self._name}.{table}; known: {', '.join(dir(self))}"
            )
        return Answer(self._warehouse, f"from {self._name}.{table}", {})

    def __dir__(self) -> list[str]:
        return sorted(self._warehouse.tables())


class Results:
    """The published results of a data root, read-only.

    Attributes
    ----------
    latest
        Tables, limited to the newest finished run of each study.
    main
        Tables with every run.
    """

    def __init__(self, root: DataRoot) -> None:
        self._warehouse = Warehouse(root)
        self.latest = Tables(self._warehouse, "latest")
        self.main = Tables(self._warehouse, "main")

    def sql(self, query: str, **parameters: Any) -> Answer:
        """Ask a query, with values of its ``$name``."""
        return Answer(self._warehouse, query, parameters)

    def __repr__(self) -> str:
        return f"Results of {self._warehouse.root}: .latest.TABLE, .main.TABLE, .sql(query)"


def open_results(data: Path | str | None = None) -> Results:
    """Open the published results of a data root (or ``s3://…``) for reading.

    Nothing is read before a table is asked for, and nobody is kept from writing.

    Parameters
    ----------
    data
        The data root; ``$SING_DATA`` or ``./data`` by default.

    Examples
    --------
    >>> import warehouse
    >>> warehouse.open("data").latest.model_scores.pl()  # doctest: +SKIP
    """
    return Results(DataRoot.choose(None if data is None else str(data)))
