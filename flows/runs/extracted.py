"""A run whose vectors are stored: what its analyses work on."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from flows.features.prepared_model import PreparedModel
from flows.features.stored_vectors import embeddings_of, features_of
from flows.runs.inputs import Inputs
from flows.runs.parts import Parts
from flows.runs.stored_model import StoredModel
from flows.study.study import Study
from sing_core.geometry.null_space import HeadDecomposition
from warehouse.layout import DataRoot
from warehouse.stored import parquet
from warehouse.stored.run_folder import RunFolder
from warehouse.stored.vectors import VectorFolder


@dataclass(frozen=True)
class ExtractedRun:
    """A run after extraction: which pictures its results are about is known.

    Attributes
    ----------
    models
        Those that are analyzed: not all of the inputs', where a head leaves no null space.
    broken
        ``path, reason`` of listed pictures that could not be decoded.
    written
        The SHA-256 of shards that were written just now, by where they are.
    """

    run_id: str
    root: DataRoot
    inputs: Inputs
    models: list[PreparedModel]
    broken: pl.DataFrame
    written: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> RunFolder:
        """Where its tables are stored."""
        return RunFolder(self.root, self.run_id)

    @property
    def study(self) -> Study:
        """What is carried out."""
        return self.inputs.study

    @cached_property
    def images(self) -> pl.DataFrame:
        """The pictures that results are about."""
        return self.inputs.manifest.images.join(self.broken, on="path", how="anti")

    @cached_property
    def labels(self) -> pl.DataFrame:
        """What is known of these pictures beside their class."""
        return self.inputs.manifest.labels.join(self.images.select("image_id"), on="image_id")

    @property
    def class_of(self) -> dict[str, int]:
        """The class of every picture, by its id."""
        return self.parts.class_index

    @cached_property
    def parts(self) -> Parts:
        """Which of them translators are fitted on, chosen by, and judged on."""
        return Parts.of(self.images, self.study.translator)

    @property
    def class_names(self) -> list[str]:
        """Names of the study's classes, by their index."""
        return self.inputs.manifest.classes.names

    @cached_property
    def class_texts(self) -> Float[np.ndarray, "c s"]:
        """Unit embeddings of the classes."""
        return self.inputs.texts.arrays()[0]

    @cached_property
    def concept_texts(self) -> Float[np.ndarray, "k s"]:
        """Unit embeddings of the vocabulary."""
        return self.inputs.texts.arrays()[1]

    @property
    def phrases_kept(self) -> int:
        """How many phrases of each picture get a row in ``image_concept_scores``."""
        most = self.study.analysis.max_image_concept_rows
        rows_a_phrase = max(1, len(self.models) * len(self.images))
        return min(len(self.inputs.concepts), most // rows_a_phrase)

    def phrases_left_out(self) -> str | None:
        """What to know where not every phrase of every picture gets a row; None where all do."""
        kept, of = self.phrases_kept, len(self.inputs.concepts)
        if kept == of:
            return None
        return (
            f"the {kept} strongest of {of} phrases of each picture are in image_concept_scores "
            "(analysis.max_image_concept_rows = "
            f"{self.study.analysis.max_image_concept_rows:,}); the aggregates are over all"
        )

    @property
    def flags(self) -> pl.DataFrame:
        """Of its pictures, those to be wary of: ``image_id, flag, detail``."""
        return self.inputs.manifest.flags.join(self.images.select("image_id"), on="image_id")

    @property
    def embeddings(self) -> VectorFolder:
        """The space's embeddings of the pictures."""
        inputs = self.inputs
        where = embeddings_of(inputs.study, inputs.texts, inputs.manifest, self.root)
        return VectorFolder(where.folder)

    def model(
        self, prepared: PreparedModel, spaces: HeadDecomposition | None = None
    ) -> StoredModel:
        """What the run stored of one model; ``spaces`` if its head is decomposed already."""
        features = features_of(prepared, self.inputs.manifest, self.root)
        return StoredModel(prepared, self.run_id, self.root, features.folder, spaces)

    def outside_features(self, prepared: PreparedModel) -> VectorFolder:
        """One model's features of the pictures of another kind."""
        assert self.inputs.outside is not None
        return VectorFolder(features_of(prepared, self.inputs.outside, self.root).folder)

    @property
    def space_map(self) -> Path:
        """Where the places of the space's own embeddings are stored, which make the map."""
        return self.root.table(self.run_id, "image_map", "all")

    def store_inputs(self) -> None:
        """Store the tables that list what it is about: images, refused files, concepts."""
        concepts = self.inputs.concepts
        manifest = self.inputs.manifest
        rejected = pl.concat([manifest.rejected, manifest.passed_over, self.broken]).sort("path")
        tables = {
            "images": {name: self.images[name].to_arrow() for name in self.images.columns},
            "image_flags": {name: self.flags[name].to_arrow() for name in self.flags.columns},
            "image_labels": {name: self.labels[name].to_arrow() for name in self.labels.columns},
            "rejected_images": {name: rejected[name].to_arrow() for name in rejected.columns},
            "concepts": {
                "concept_id": list(range(len(concepts))),
                "phrase": [phrase for _, phrase in concepts],
                "concept_group": [group for group, _ in concepts],
            },
        }
        for name, columns in tables.items():
            rows = parquet.table(name, {"run_id": self.run_id, **columns})
            self.folder.write(name, rows)
