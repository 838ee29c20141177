"""What a run stored of one model: the one way to read it, for analyses and for questions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from flows.features.prepared_model import PreparedModel
from sing_core.geometry.null_space import HeadDecomposition, decompose_head, seen_weight
from sing_core.geometry.translator import LinearTranslator
from warehouse.layout import DataRoot
from warehouse.remote import Place
from warehouse.stored import parquet
from warehouse.stored import tensors as tensor_files
from warehouse.stored.run_folder import RunFolder
from warehouse.stored.vectors import VectorFolder


@dataclass(frozen=True)
class StoredModel:
    """One model of one run; everything is read when it is first asked for.

    Attributes
    ----------
    decomposed
        Its principal and null space, where the head was decomposed just now.
    """

    prepared: PreparedModel
    run_id: str
    root: DataRoot
    features_folder: Place
    decomposed: HeadDecomposition | None = None

    @property
    def id(self) -> str:
        """What the study calls it."""
        return self.prepared.id

    @cached_property
    def head(self) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"]]:
        """Weight and bias of its head, float32."""
        return self.prepared.head()

    @cached_property
    def spaces(self) -> HeadDecomposition:
        """Its principal and null space, as the run's table ``models`` describes them."""
        if self.decomposed is not None:
            return self.decomposed
        row = self.row("models")
        chosen = tuple(int(i) for i in (row["null_classes"] or "").split())
        return _decomposed(self.prepared.head_file, row["null_mode"], chosen, int(row["rank"]))

    @cached_property
    def translator(self) -> LinearTranslator:
        """Its translator into the run's space."""
        tensors, _ = tensor_files.read(self.translator_file)
        return LinearTranslator(weight=tensors["weight"], bias=tensors["bias"])

    @property
    def translator_file(self) -> Path:
        """Where the translator is stored."""
        return self.root.translator(self.run_id, self.id)

    @cached_property
    def mean(self) -> Float[np.ndarray, " m"]:
        """The mean of all its features, float64."""
        return self.folder.mean(self.id)

    @property
    def mean_file(self) -> Path:
        """Where the mean feature is stored."""
        return self.root.mean_feature(self.run_id, self.id)

    @cached_property
    def features(self) -> VectorFolder:
        """Its penultimate features."""
        return VectorFolder(self.features_folder)

    def table(self, name: str) -> Path:
        """Where its rows of a table are stored."""
        return self.root.table(self.run_id, name, self.id)

    @property
    def folder(self) -> RunFolder:
        """Where the run's tables are stored."""
        return RunFolder(self.root, self.run_id)

    def rows(self, table: str) -> pa.Table:
        """Its rows of a table."""
        return self.folder.read(table, self.id)

    def row(self, table: str) -> dict[str, Any]:
        """Its row of a table that has one a model."""
        return self.folder.row(table, self.id)

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Store its rows of a table, from columns without run and model."""
        rows = parquet.table(table, {"run_id": self.run_id, "model": self.id, **columns})
        self.folder.write(table, rows, self.id)

    def write_rows(self, table: str, rows: list[dict[str, Any]]) -> None:
        """The same from rows."""
        self.folder.write(
            table, parquet.rows_table(table, rows, run_id=self.run_id, model=self.id), self.id
        )

    @contextmanager
    def streaming(self, table: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Store its rows of a table in pieces; yields what writes one, from columns."""
        shared = {"run_id": self.run_id, "model": self.id}
        with self.folder.streaming(table, self.id) as writer:
            yield lambda columns: writer.write_table(parquet.table(table, {**shared, **columns}))

    def save_translator(self, translator: LinearTranslator) -> None:
        """Store its translator."""
        tensors = {"weight": translator.weight, "bias": translator.bias}
        tensor_files.write(self.translator_file, tensors, {})

    def save_mean(self, mean: Float[np.ndarray, " m"]) -> None:
        """Store its mean feature."""
        self.folder.save_mean(self.id, mean)


# Two: a process that answers many questions about one model has its bases at once, and a basis of
# 4096 features takes 134 MB.
@lru_cache(maxsize=2)
def _decomposed(
    head_file: Path, null_mode: str, chosen: tuple[int, ...], rank: int
) -> HeadDecomposition:
    weight = tensor_files.read(head_file)[0]["weight"]
    return decompose_head(seen_weight(weight, null_mode, chosen), rank=rank)
