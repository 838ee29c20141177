"""A published run and the files it names: for commands that go on from stored results."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from flows.features.prepared_model import PreparedModel
from flows.questions.named_runs import class_named, run_named
from flows.runs.stored_model import StoredModel
from flows.terminal.lists import listed
from warehouse.files import MADE_ANEW, DamagedFileError
from warehouse.layout import DataRoot
from warehouse.read import Warehouse
from warehouse.remote import Place, Remote
from warehouse.stored import parquet, tensors
from warehouse.stored.vectors import VectorFolder


class ElsewhereError(RuntimeError):
    """What a run is made of, asked for where only its results are."""

    exit_code = 2


class UnknownModelError(ValueError):
    """A model that the run has no scores of."""

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
        return cls(run_named(name, root), root)

    def ask(self, question: str, **parameters: Any) -> pa.Table:
        """Answer one of the questions in ``warehouse/questions`` about this run."""
        return Warehouse(self.root).ask(question, run=self.run_id, **parameters)

    @cached_property
    def models(self) -> list[str]:
        """Ids of the scored models."""
        return list(self.ask("scored_models")["model"].to_pylist())

    def require_model(self, model: str) -> None:
        """Raise :class:`UnknownModelError` unless the run has scores of a model."""
        if model not in self.models:
            raise UnknownModelError(
                f"{self.run_id} has no scores of a model {model!r}; known: {listed(self.models)}"
            )

    @cached_property
    def config(self) -> dict[str, Any]:
        """The study that was run, as table ``runs`` keeps it."""
        return dict(json.loads(self.ask("run")["config_json"][0].as_py()))

    @cached_property
    def class_names(self) -> dict[int, str]:
        """Names of the classes that have pictures, by their index."""
        rows = self.ask("class_names").sort_by("class_index").to_pylist()
        return {row["class_index"]: row["class_name"] for row in rows}

    @cached_property
    def class_of(self) -> dict[str, int]:
        """The class index of every picture, by its id."""
        rows = self.ask("image_classes")
        return dict(zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def class_index(self, name: str) -> int:
        """Which class a question means.

        Raises
        ------
        UnknownClassError
            If none that has pictures is called so, or several are.
        """
        return class_named(name, self.run_id, self.class_names)

    def class_images(self, name: str) -> list[str]:
        """Ids of a class's pictures, sorted.

        Raises
        ------
        UnknownClassError
            If there are none, naming the classes that have some; or if several
            classes are called so.
        """
        rows = self.ask("images_of_class", class_index=self.class_index(name))
        return list(rows["image_id"].to_pylist())

    def model(self, model: str) -> StoredModel:
        """What the run stored of one model.

        Raises
        ------
        UnknownModelError
            If the run has no scores of it.
        """
        self.require_model(model)
        prepared = PreparedModel.read(self._file("head", model))
        features = self._folder("features", model)
        return StoredModel(prepared, self.run_id, self.root, features)

    def embeddings(self) -> VectorFolder:
        """The space's image features."""
        return VectorFolder(self._folder("embeddings", None))

    def texts(self) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings of the run's classes and phrases."""
        stored, _ = tensors.read(self._file("texts", None))
        return stored["class_texts"], stored["concept_texts"]

    def _folder(self, kind: str, model: str | None) -> Place:
        """The folder of a kind of files, of which none is missing."""
        if self.root.is_copy:
            raise ElsewhereError(
                f"the features and heads of {self.run_id} are in the data root where it was made; "
                f"{self.root} holds its results alone: ask there, with --data FOLDER"
            )
        places = [self.root.place(path) for path in self._files[kind, model]]
        folder = places[0].parent
        if isinstance(folder, Remote):
            there = set(parquet.shards(folder))
        else:
            there = {place for place in places if isinstance(place, Path) and place.is_file()}
        for place in places:
            if place not in there:
                raise DamagedFileError(
                    f"{place} is missing, which {self.run_id} is made of; {MADE_ANEW}"
                )
        return folder

    def _file(self, kind: str, model: str | None) -> Path:
        """The file of a kind, which is there, and below the root."""
        self._folder(kind, model)
        return self.root.path / self._files[kind, model][0]

    @cached_property
    def _files(self) -> dict[tuple[str, str | None], list[str]]:
        """The files of every kind and model, below the root."""
        rows = self.ask("run_files").to_pylist()
        return {(row["kind"], row["model"]): json.loads(row["paths"]) for row in rows}
