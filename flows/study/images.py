"""Which pictures a study is about."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from flows.study.class_subsets import CLASS_SUBSETS
from flows.study.fields import Count, File, Folder, Pictures, Section, Seed, expand, one_of

#: `class_names = "imagenet-1k"`: timm's list of the 1000 classes, for folders named by WordNet id.
IMAGENET = "imagenet-1k"


class Shapes(Section):
    """Scenes of the made world (``sing_core/shapes``), drawn into the data root once.

    Attributes
    ----------
    correlated
        How often attributes go with each other and with the class, instead of
        being independent.
    """

    n: Count
    seed: Seed = 0
    correlated: Annotated[float, Field(ge=0, le=1)] = 0.0


class Images(Section):
    """Which pictures: a folder a class, scenes of the made world, or items without pictures.

    Attributes
    ----------
    root, shapes, table
        One of them: a folder of class folders or of containers, a container (.tar or
        .parquet), a table that names pictures (.csv or .parquet), or several of the
        last two; how many scenes to draw; or a table (.csv or .parquet) with an
        ``id`` and a ``class`` for each item.
    class_names
        A file with one name, or ``folder<tab>name``, a line in the order of the
        head's outputs, or ``imagenet-1k``; the folders' names by default.
    classes
        Take pictures of these classes only, each given by its folder or its
        name; or the name of a subset (``figure-4``). The head's classes stay
        all of them.
    max_rejected
        The run stops if more than this share of the files cannot be used.
    leave_out
        Leave out pictures that are flagged (table ``image_flags``): ``label_conflict`` (all
        that lie under several classes), ``copy`` (all but the first), ``blank``.
    tags
        A CSV of tags, as the dashboard writes it (``tags.csv`` of the data root): each tag
        becomes a group of two values, ``NAME`` and ``not NAME``.
    limit, limit_per_class
        Draw a balanced, seeded sample of at most so many pictures.
    """

    root: Pictures | None = None
    shapes: Shapes | None = None
    table: File | None = None
    class_names: Path | Literal["imagenet-1k"] | None = None
    classes: tuple[str, ...] | None = None
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    leave_out: tuple[Literal["label_conflict", "copy", "blank"], ...] = ()
    tags: File | None = None
    limit: Count | None = None
    limit_per_class: Count | None = None
    seed: Seed = 0

    @field_validator("class_names", mode="before")
    @classmethod
    def _names_file(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or value == IMAGENET:
            return value
        path = expand(value, info)
        if not path.is_file():
            raise ValueError(f"{path} does not exist; need a file of names, or {IMAGENET!r}")
        return path

    @field_validator("classes", mode="before")
    @classmethod
    def _subset(cls, value: Any) -> Any:
        if isinstance(value, str):
            one_of(value, list(CLASS_SUBSETS), "need a list of classes, or a known subset, not")
            return CLASS_SUBSETS[value]
        if value == []:
            raise ValueError("need at least one class; leave the key out to take all")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "Images":
        sources = ("root", "shapes", "table")
        given = [name for name in sources if getattr(self, name) is not None]
        if len(given) != 1:
            have = " and ".join(given) or "neither"
            raise ValueError(
                "needs either root (a folder a class), shapes (scenes to draw) or table (items "
                f"without pictures), not {have}"
            )
        if self.table is not None and self.table.suffix not in (".csv", ".parquet"):
            raise ValueError(f"table: {self.table} is neither .csv nor .parquet; need one of these")
        return self


class OutOfDistribution(Section):
    """Pictures of another kind than the study's, in folders as in ``images.root``."""

    root: Folder
    limit: Count | None = None
