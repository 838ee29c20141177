"""A study: one TOML file that says what to analyze, as one frozen, validated value."""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from flows.class_subsets import CLASS_SUBSETS
from sing_core.head_inputs import HeadInput
from sing_core.prompts import DEFAULT_TEMPLATE, fill

#: `class_names = "imagenet-1k"`: timm's list of the 1000 classes, for folders named by WordNet id.
IMAGENET = "imagenet-1k"


#: Arguments of timm.create_model that would go around the weights that the study names.
_NO_ARGS = frozenset({"pretrained", "checkpoint_path", "features_only", "num_classes"})


def _existing(kind: str, *, made_up: bool) -> Any:
    """Validate a path: relative to the study file, with ``~`` and ``$VAR``; it must be there.

    ``made_up`` marks what ``load_study(..., random_weights=True)`` does without.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        path = _expand(value, info)
        if made_up and (info.context or {}).get("random_weights", False):
            return path
        try:
            if not (path.is_dir() if kind == "folder" else path.is_file()):
                problem = f"is not a {kind}" if path.exists() else "does not exist"
                unset = re.findall(r"\$\w+|\$\{\w+\}", os.path.expandvars(str(value)))
                if unset:
                    problem += f" ({', '.join(unset)} is not set)"
                raise ValueError(f"{path} {problem}; need a {kind}")
        except OSError as error:
            raise ValueError(f"{error.strerror}; need a {kind}") from error
        return path

    return BeforeValidator(check)


def _expand(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError(f"need a path, got {value!r}")
    folder = (info.context or {}).get("folder", Path())
    expanded = os.path.expanduser(os.path.expandvars(str(value)))  # noqa: PTH111 (after expandvars)
    return Path(os.path.normpath(folder / expanded))


def _template(value: str) -> str:
    fill(value, "name")
    return value


def _at_least_one(templates: tuple[str, ...]) -> tuple[str, ...]:
    if not templates:
        raise ValueError("need at least one template")
    return templates


Pictures = Annotated[Path, _existing("folder", made_up=True)]
Weights = Annotated[Path, _existing("file", made_up=True)]
File = Annotated[Path, _existing("file", made_up=False)]
Templates = tuple[Annotated[str, AfterValidator(_template)], ...]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
# Upper bounds are where a slip of the keyboard would otherwise be found after hours.
Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Share = Annotated[float, Field(ge=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Shapes(_Section):
    """Scenes of the made world (``sing_core/shapes``), drawn into the data root once."""

    n: Count
    seed: Seed = 0


class Images(_Section):
    """Which pictures: a folder a class, or scenes of the made world.

    Attributes
    ----------
    root, shapes
        One of them: a folder that is there, or how many scenes to draw.
    class_names
        A file with one name a line in the order of the head's outputs, or
        ``imagenet-1k``; the folders' names by default.
    classes
        Take pictures of these classes only, each given by its folder or its
        name; or the name of a subset (``figure-4``). The head's classes stay
        all of them.
    max_rejected
        The run stops if more than this share of the files cannot be used.
    limit, limit_per_class
        Draw a balanced, seeded sample of at most so many pictures.
    """

    root: Pictures | None = None
    shapes: Shapes | None = None
    class_names: Path | Literal["imagenet-1k"] | None = None
    classes: tuple[str, ...] | None = None
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    limit: Count | None = None
    limit_per_class: Count | None = None
    seed: Seed = 0

    @field_validator("class_names", mode="before")
    @classmethod
    def _names_file(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or value == IMAGENET:
            return value
        path = _expand(value, info)
        if not path.is_file():
            raise ValueError(f"{path} does not exist; need a file of names, or {IMAGENET!r}")
        return path

    @field_validator("classes", mode="before")
    @classmethod
    def _subset(cls, value: Any) -> Any:
        if isinstance(value, str):
            _one_of(value, list(CLASS_SUBSETS), "need a list of classes, or a known subset, not")
            return CLASS_SUBSETS[value]
        if value == []:
            raise ValueError("need at least one class; leave the key out to take all")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "Images":
        if (self.root is None) == (self.shapes is None):
            have = "neither" if self.root is None else "both"
            raise ValueError(
                f"needs either root (a folder a class) or shapes (scenes to draw), not {have}"
            )
        return self


class Space(_Section):
    """Which vision-language space, and the sentences for a class's name."""

    model: str
    pretrained: str | None = None
    templates: Templates = (DEFAULT_TEMPLATE,)

    _some_template = field_validator("templates")(_at_least_one)

    @field_validator("model")
    @classmethod
    def _known_or_local(cls, value: str, info: ValidationInfo) -> str:
        import open_clip

        if not value.startswith("local-dir:"):
            return _one_of(value, open_clip.list_models(), "open_clip knows no model")
        folder = _expand(value.removeprefix("local-dir:"), info)
        if not (folder / "open_clip_config.json").is_file():
            raise ValueError(
                f"{folder} holds no open_clip_config.json; need a model folder as open_clip "
                "saves it for local-dir:"
            )
        return f"local-dir:{folder}"

    @model_validator(mode="after")
    def _weights(self) -> "Space":
        import open_clip

        if self.folder is not None:
            if self.pretrained is not None:
                raise ValueError(
                    "pretrained does not go with local-dir:, which has its own weights"
                )
            return self
        tags = open_clip.list_pretrained_tags_by_model(self.model)
        if self.pretrained is None:
            raise ValueError(f"pretrained is missing; {self.model} has {listed(tags)}")
        _one_of(self.pretrained, tags, f"pretrained: open_clip's {self.model} has no tag")
        return self

    @property
    def folder(self) -> Path | None:
        """The local model's folder; None for a model that open_clip fetches."""
        local = self.model.startswith("local-dir:")
        return Path(self.model.removeprefix("local-dir:")) if local else None

    @property
    def name(self) -> str:
        """What the space is called in paths."""
        folder = self.folder
        return folder.name if folder else f"{self.model}-{self.pretrained}".replace("/", "-")


class Model(_Section):
    """Which classifier: any of timm's, with local or pretrained weights.

    Attributes
    ----------
    checkpoint, pretrained
        A file of weights; or ``true`` for timm's default weights, or a tag.
    head, head_input
        A separate linear head in its own file, and what it takes: timm's
        ``pooled`` feature, or tokens joined as DINO's and DINOv2's heads take
        them (``sing_core/head_inputs.py``).
    args
        More arguments of ``timm.create_model``.
    """

    id: Name
    timm: str
    checkpoint: Weights | None = None
    pretrained: bool | str = False
    head: Weights | None = None
    head_input: HeadInput = "pooled"
    args: dict[str, Any] = {}

    @field_validator("args")
    @classmethod
    def _not_about_weights(cls, value: dict[str, Any]) -> dict[str, Any]:
        refused = sorted(value.keys() & _NO_ARGS)
        if refused:
            raise ValueError(
                f"{', '.join(refused)} must not be in args; checkpoint, pretrained and head say "
                "which weights, and these how many classes"
            )
        return value

    @field_validator("timm")
    @classmethod
    def _known(cls, value: str) -> str:
        import timm

        if timm.is_model(value.split(".")[0]):
            return value
        return _one_of(value, timm.list_models(), "timm knows no model")

    @model_validator(mode="after")
    def _weights(self) -> "Model":
        import timm

        if (self.checkpoint is not None) == bool(self.pretrained):
            have = "both" if self.pretrained else "neither"
            raise ValueError(
                f"needs either checkpoint (a file of weights) or pretrained (true or a tag), "
                f"not {have}"
            )
        if self.head is None and self.head_input != "pooled":
            raise ValueError("head_input is only for a separate head; name its file as head")
        architecture, _, tag = self.name.partition(".")
        tags = [name.partition(".")[2] for name in timm.list_pretrained(f"{architecture}.*")]
        if self.pretrained and not tags and architecture not in timm.list_pretrained(architecture):
            raise ValueError(f"timm has no pretrained weights for {architecture}")
        if self.pretrained and tag:
            _one_of(tag, tags, f"timm's {architecture} has no tag")
        return self

    @property
    def name(self) -> str:
        """Timm's name, with the tag of the weights if one is chosen."""
        if isinstance(self.pretrained, str):
            return f"{self.timm.split('.')[0]}.{self.pretrained}"
        return self.timm


class Concepts(_Section):
    """The open vocabulary: one phrase a line, ``group: phrase`` sets a group."""

    file: File
    templates: Templates = ("{}",)

    _some_template = field_validator("templates")(_at_least_one)


class NullSpace(_Section):
    """What counts as the null space: by the head's rank, or a rank or cut given here."""

    mode: Literal["exact"] = "exact"
    rank: Count | None = None
    rtol: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> "NullSpace":
        if self.rank is not None and self.rtol is not None:
            raise ValueError("rank and rtol both say where to cut; give one of them")
        return self


class Translator(_Section):
    """How translators are fitted: held-out share, and the share of the rest that chooses λ."""

    intercept: Annotated[bool, Field(strict=True)] = True
    holdout: Share = 0.2
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    seed: Seed = 0


class Analysis(_Section):
    """How much is stored and resampled, and how pictures are batched.

    Attributes
    ----------
    batch_size
        Pictures a model sees at once; by default 8 on a CPU, where larger
        batches leave the caches, and 64 on a GPU.
    shard_size
        Pictures a Parquet file: what a killed run has to do again, at most.
    """

    max_image_concept_rows: Annotated[int, Field(ge=0, le=10**12, strict=True)] = 20_000_000
    bootstrap_draws: Annotated[int, Field(ge=100, le=100_000, strict=True)] = 1000
    seed: Seed = 0
    batch_size: Count | None = None
    shard_size: Count = 1024


class Study(_Section):
    """Everything that one study asks for."""

    name: Name
    images: Images
    space: Space
    models: tuple[Model, ...]
    concepts: Concepts | None = None
    null_space: NullSpace = NullSpace()
    translator: Translator = Translator()
    analysis: Analysis = Analysis()

    @field_validator("models")
    @classmethod
    def _some(cls, models: tuple[Model, ...]) -> tuple[Model, ...]:
        if not models:
            raise ValueError("need at least one [[models]] section")
        return models


def _one_of(value: str, known: list[str], complaint: str) -> str:
    if value in known:
        return value
    raise ValueError(f"{complaint} {value!r}; known: {close_to(value, known)}")


def close_to(value: str, known: list[str]) -> str:
    """List what is spelled like a value, or all that is known."""
    return listed(difflib.get_close_matches(value, known, n=4, cutoff=0.5) or known)


def listed(names: list[str], most: int = 12) -> str:
    """Join names for a sentence, the first few and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
