"""A sample of the study's pictures for analyses that need not see all of them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from warehouse.remote import Place
from warehouse.stored.vectors import VectorFolder

#: Pictures that neighbors are sought for, at most.
SAMPLE = 1000

#: And pictures that controls are computed for: there are twenty draws of each.
CONTROLLED = 500


@dataclass(frozen=True)
class Sample:
    """Some pictures of a run, evenly over the classes, the same for every model.

    Attributes
    ----------
    images
        Rows of the run's images, sorted by id.
    """

    images: pl.DataFrame

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return self.images["image_id"].to_list()

    @property
    def class_index(self) -> np.ndarray:
        """Their classes."""
        return self.images["class_index"].to_numpy()

    def by_class(self) -> "Sample":
        """The same pictures, class after class."""
        return Sample(self.images.sort("class_index", "image_id"))

    def first(self, n: int) -> "tuple[Sample, np.ndarray]":
        """The sample that would have been taken of n pictures at most, and its rows in this one."""
        rows = _in_turn(self.images.with_row_index("row")).head(n).sort("row")
        return Sample(rows.drop("turn", "row")), rows["row"].to_numpy()

    def features(self, model: StoredModel) -> np.ndarray:
        """Their penultimate features by one model (n × m, float64)."""
        return _features(model.features_folder, tuple(self.ids))


# One: a model's steps ask for the same sample in turn, and finding it reads every shard.
@lru_cache(maxsize=1)
def _features(folder: Place, ids: tuple[str, ...]) -> np.ndarray:
    features = VectorFolder(folder).take(ids).astype(np.float64)
    features.flags.writeable = False
    return features


def sample_of(run: ExtractedRun, most: int = SAMPLE, most_per_class: int | None = None) -> Sample:
    """Take pictures class by class in turn, in the order of their ids (which are digests)."""
    turns = _in_turn(run.images)
    if most_per_class is not None:
        turns = turns.filter(pl.col("turn") <= most_per_class)
    return Sample(turns.head(most).drop("turn").sort("image_id"))


def _in_turn(images: pl.DataFrame) -> pl.DataFrame:
    """Sort pictures by their turn: one of each class, then another of each, and so on."""
    turn = pl.col("image_id").rank("ordinal").over("class_index")
    return images.with_columns(turn.alias("turn")).sort("turn", "image_id")
