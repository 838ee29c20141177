"""A published run and the files it names: for commands that go on from stored results."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head, stored_head
from flows.study import listed
from sing_core.null_space import HeadDecomposition
from sing_core.translator import LinearTranslator
from warehouse.layout import DataRoot
from warehouse.read import Warehouse
from warehouse.vectors import VectorFolder


class NotPublishedError(ValueError):
    """A study or run that has no published results."""

    exit_code = 2


@dataclass(frozen=True)
class PublishedRun:
    """One finished run of the newest generation."""

    run_id: str
    root: DataRoot

    @classmethod
    def named(cls, name: str, root: DataRoot) -> "PublishedRun":
        """Find a run by its id, or the newest run of a study by the study's name.

        Raises
        ------
        NotPublishedError
            If there is none, naming what there is.
        """
        rows = (
            Warehouse(root)
            .query(
                "select run_id, study from main.runs where status = 'finished' order by finished_at"
            )
            .to_pylist()
        )
        for row in reversed(rows):
            if name in (row["run_id"], row["study"]):
                return cls(row["run_id"], root)
        known = listed([row["run_id"] for row in rows])
        raise NotPublishedError(
            f"no run or study {name!r} is published in {root.path}; known runs: {known}"
        )

    @cached_property
    def models(self) -> list[str]:
        """Ids of the scored models."""
        rows = Warehouse(self.root).query(
            "select model from main.models where run_id = ? and scored order by model",
            [self.run_id],
        )
        return list(rows["model"].to_pylist())

    def head(self, model: str) -> Head:
        """A model's head."""
        return stored_head(self._file("head", model))

    def spaces(self, model: str) -> HeadDecomposition:
        """Its principal and null space."""
        return spaces_of(self.head(model), self.run_id, self.root)

    def translator(self, model: str) -> LinearTranslator:
        """Its translator."""
        return load_translator(self.run_id, model, self.root)

    def features(self, model: str) -> VectorFolder:
        """Its features."""
        return VectorFolder(self._file("features", model).parent)

    def texts(self) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings of the run's classes and phrases."""
        stored = load_file(self._file("texts", None))
        return stored["class_texts"], stored["concept_texts"]

    def _file(self, kind: str, model: str | None) -> Path:
        paths = Warehouse(self.root).query(
            "select min(path) as path from main.artifacts where run_id = ? and kind = ? "
            "and model is not distinct from ?",
            [self.run_id, kind, model],
        )
        return self.root.path / str(paths["path"][0].as_py())
