"""What one run stores below ``runs/``: tables and mean features, each noted with its digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from warehouse.files import MADE_ANEW, DamagedFileError, whole
from warehouse.layout import DataRoot
from warehouse.stored import parquet, sums


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    root: DataRoot
    run_id: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.root.runs / self.run_id

    def parts(self, table: str) -> list[Path]:
        """Files of a table, one a model or one for all."""
        return sorted(self.root.table(self.run_id, table).parent.glob("*.parquet"))

    def write(self, table: str, rows: pa.Table, part: str = "all") -> None:
        """Store rows of a table, or of one model's part of it."""
        with self._writing(self.root.table(self.run_id, table, part)) as draft:
            parquet.write(draft, rows)

    @contextmanager
    def streaming(self, table: str, part: str) -> Iterator[pq.ParquetWriter]:
        """Store one model's rows of a table in pieces; the file appears when all are in."""
        with (
            self._writing(self.root.table(self.run_id, table, part)) as draft,
            parquet.writer(draft, table) as writer,
        ):
            yield writer

    def read(self, table: str, part: str = "all") -> pa.Table:
        """Read stored rows.

        Raises
        ------
        DamagedFileError
            If they are not what was written.
        """
        path = self._checked(self.root.table(self.run_id, table, part))
        with parquet.damage(path):
            return pq.read_table(path, partitioning=None)

    def row(self, table: str, part: str) -> dict[str, Any]:
        """Read the row of a model in a table that has one a model."""
        (row,) = self.read(table, part).to_pylist()
        return dict(row)

    def save_mean(self, model: str, mean: Float[np.ndarray, " m"]) -> None:
        """Store a model's mean feature."""
        with (
            self._writing(self.root.mean_feature(self.run_id, model)) as draft,
            draft.open("wb") as file,
        ):
            np.save(file, mean)

    def mean(self, model: str) -> Float[np.ndarray, " m"]:
        """Read a model's mean feature, float64.

        Raises
        ------
        DamagedFileError
            If it is not what was written.
        """
        path = self._checked(self.root.mean_feature(self.run_id, model))
        try:
            return np.asarray(np.load(path))
        except ValueError as error:
            raise DamagedFileError(f"{path} is damaged ({error}); {MADE_ANEW}") from error

    def bring(self, path: Path, content: bytes) -> None:
        """Store what was made of this run elsewhere: a file of it, or one below the root."""
        with self._writing(path) if path.is_relative_to(self.path) else whole(path) as draft:
            draft.write_bytes(content)

    def forget_missing(self) -> None:
        """Forget what was written and is gone: it is made anew."""
        if self.path.exists():
            sums.forget_missing(self.path)

    def _checked(self, path: Path) -> Path:
        """Return a file of it that is what was written, and raise for another."""
        sums.require(self.path, path, MADE_ANEW)
        return path

    def problems(self, since: float = 0.0) -> dict[Path, str]:
        """Say what is wrong with which of its files; those alone are read that were touched since.

        All that was written must be there.
        """
        return sums.problems(self.path, since)

    def _writing(self, path: Path) -> Any:
        return sums.whole_and_noted(self.path, path)
