"""A study: one TOML file that says what to analyze, as one frozen, validated value."""

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
from flows.lists import close_to, listed
from sing_core.arrays import OPENERS, ArrayFile, parse
from sing_core.head_inputs import HeadInput
from sing_core.prompts import DEFAULT_TEMPLATE, fill

#: `class_names = "imagenet-1k"`: timm's list of the 1000 classes, for folders named by WordNet id.
IMAGENET = "imagenet-1k"

#: What the architecture of a model is called that is given as arrays.
ARRAYS = "arrays"

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


def _array(value: Any, info: ValidationInfo) -> ArrayFile:
    """Validate ``FILE`` or ``FILE:NAME``; what is in the file is looked at when it is used."""
    if not isinstance(value, str):
        raise ValueError(f"need a path, got {value!r}")
    where, name = parse(value)
    path = _expand(where, info)
    if path.suffix not in OPENERS:
        raise ValueError(f"{path} is no file of arrays; need {', '.join(OPENERS)}")
    if not path.is_file():
        raise ValueError(f"{path} does not exist; need a file of arrays")
    return ArrayFile(path, name)


def _template(value: str) -> str:
    fill(value, "name")
    return value


def _at_least_one(templates: tuple[str, ...]) -> tuple[str, ...]:
    if not templates:
        raise ValueError("need at least one template")
    return templates


Pictures = Annotated[Path, _existing("folder", made_up=True)]
Folder = Annotated[Path, _existing("folder", made_up=False)]
Weights = Annotated[Path, _existing("file", made_up=True)]
File = Annotated[Path, _existing("file", made_up=False)]
Array = Annotated[ArrayFile, BeforeValidator(_array)]
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
    """Which pictures: a folder a class, scenes of the made world, or items without pictures.

    Attributes
    ----------
    root, shapes, table
        One of them: a folder that is there, how many scenes to draw, or a table
        (.csv or .parquet) with an ``id`` and a ``class`` for each item.
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
    table: File | None = None
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


class Space(_Section):
    """Which vision-language space, and the sentences for a class's name.

    Attributes
    ----------
    model, pretrained
        One of open_clip's models with a tag, or ``local-dir:FOLDER``.
    embeddings, class_texts, concept_texts
        Instead of a model: what one made of the items, of the classes and of the
        vocabulary. Such a space cannot embed anything new.
    """

    model: str | None = None
    pretrained: str | None = None
    templates: Templates = (DEFAULT_TEMPLATE,)
    embeddings: Array | None = None
    class_texts: Array | None = None
    concept_texts: Array | None = None

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
    def _model_or_arrays(self) -> "Space":
        if (self.model is None) == (self.embeddings is None):
            have = "neither" if self.model is None else "both"
            raise ValueError(
                "needs either model (one of open_clip's) or embeddings (arrays of your own), "
                f"not {have}"
            )
        if self.model is not None:
            _refuse(self, ("class_texts", "concept_texts"), "model, which embeds texts itself")
            return self._with_weights()
        _refuse(self, ("pretrained", "templates"), "embeddings, whose texts are embedded already")
        if self.class_texts is None:
            raise ValueError("class_texts is missing; embeddings need the classes' texts beside")
        return self

    def _with_weights(self) -> "Space":
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
        if self.model is None or not self.model.startswith("local-dir:"):
            return None
        return Path(self.model.removeprefix("local-dir:"))

    @property
    def name(self) -> str:
        """What the space is called in paths."""
        if self.embeddings is not None:
            return re.sub(r"[^A-Za-z0-9._-]", "-", self.embeddings.path.stem)
        folder = self.folder
        return folder.name if folder else f"{self.model}-{self.pretrained}".replace("/", "-")


class Model(_Section):
    """Which classifier: any of timm's, with local or pretrained weights; or arrays of any other.

    Attributes
    ----------
    timm, features
        One of them: an architecture, or the features that some network gave,
        one row an item. The latter need a ``head`` and nothing else.
    checkpoint, pretrained
        A file of weights; or ``true`` for timm's default weights, or a tag.
    head, head_input
        A separate linear head in its own file, and what it takes of timm's: the
        ``pooled`` feature, or tokens joined as DINO's and DINOv2's heads take
        them (``sing_core/head_inputs.py``).
    args
        More arguments of ``timm.create_model``.
    """

    id: Name
    timm: str | None = None
    features: Array | None = None
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
    def _timm_or_arrays(self) -> "Model":
        if (self.timm is None) == (self.features is None):
            have = "neither" if self.timm is None else "both"
            raise ValueError(
                "needs either timm (one of its classifiers) or features (arrays of your own), "
                f"not {have}"
            )
        if self.timm is not None:
            return self._with_weights()
        others = ("checkpoint", "pretrained", "head_input", "args")
        _refuse(self, others, "features, which come with a head alone")
        if self.head is None:
            raise ValueError(
                "head is missing; features need the file of the linear layer that takes them"
            )
        return self

    def _with_weights(self) -> "Model":
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
        """Timm's name, with the tag of the weights if one is chosen; ``arrays`` without timm."""
        if self.timm is None:
            return ARRAYS
        if isinstance(self.pretrained, str):
            return f"{self.timm.split('.')[0]}.{self.pretrained}"
        return self.timm


class Concepts(_Section):
    """The open vocabulary: one phrase a line, ``group: phrase`` sets a group."""

    file: File
    templates: Templates = ("{}",)

    _some_template = field_validator("templates")(_at_least_one)


class NullSpace(_Section):
    """What counts as the null space.

    Attributes
    ----------
    mode
        ``exact``: what moves no logit. ``softmax``: what moves all logits alike,
        so no probability. ``approx``: what moves logits little, by the one rule
        given. ``classes``: what moves no logit of ``classes``.
    rank, rtol
        Overrule the rank: how many directions count as seen, or a cut relative
        to the largest singular value.
    energy
        Only ``approx``: keep the fewest directions that hold this share of the
        head's squared singular values.
    max_drift, drift_quantile, max_flips
        Only ``approx``: the largest null space whose removal, measured on the
        pictures to fit on, moves the largest logit change of all but
        ``1 - drift_quantile`` of them by at most ``max_drift``, or changes the
        predicted class of at most this share.
    """

    mode: Literal["exact", "softmax", "approx", "classes"] = "exact"
    classes: tuple[str, ...] = ()
    rank: Count | None = None
    rtol: Annotated[float, Field(gt=0, lt=1)] | None = None
    energy: Annotated[float, Field(gt=0, lt=1)] | None = None
    max_drift: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    drift_quantile: Annotated[float, Field(gt=0, le=1)] = 0.99
    max_flips: Annotated[float, Field(ge=0, lt=1)] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether the cut is chosen by what removal does to real features."""
        return self.max_drift is not None or self.max_flips is not None

    @property
    def rule(self) -> str:
        """The rule of the cut in words."""
        if self.max_drift is not None:
            return f"{self.drift_quantile:g} quantile of max |logit change| <= {self.max_drift:g}"
        if self.max_flips is not None:
            return f"share of changed predictions <= {self.max_flips:g}"
        if self.energy is not None:
            return f"the rest holds {self.energy!r} of the squared singular values"
        if self.rank is not None:
            return f"rank {self.rank}"
        if self.rtol is not None:
            return f"singular values <= {self.rtol:g} of the largest"
        return "singular values within the rounding of the stored weights"

    @model_validator(mode="after")
    def _one_rule(self) -> "NullSpace":
        rules = ("rank", "rtol", "energy", "max_drift", "max_flips")
        given = [name for name in rules if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} all say where to cut; give one of them")
        if self.mode == "approx" and not given:
            raise ValueError(f"mode approx needs a rule where to cut: one of {', '.join(rules)}")
        if self.mode != "approx" and given and given[0] not in ("rank", "rtol"):
            raise ValueError(f"{given[0]} goes with mode = 'approx' only")
        if (self.mode == "classes") != bool(self.classes):
            raise ValueError("mode classes and classes (a list of class names) go together")
        return self


class Translator(_Section):
    """How translators are fitted: held-out share, and the share of the rest that chooses λ.

    Attributes
    ----------
    file
        A translator to take instead of fitting one: a state dict of one linear
        layer, with ``weight`` (space × features) and ``bias`` (space).
        ``{model}`` stands for each model's id.
    """

    intercept: Annotated[bool, Field(strict=True)] = True
    holdout: Share = 0.2
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    seed: Seed = 0
    file: str | None = None

    @field_validator("file", mode="before")
    @classmethod
    def _absolute(cls, value: Any, info: ValidationInfo) -> Any:
        return None if value is None else str(_expand(value, info))

    def file_of(self, model: str) -> Path | None:
        """The file of a model's translator; None where one is fitted."""
        return None if self.file is None else Path(self.file.replace("{model}", model))


class Steering(_Section):
    """How far steps inside the null space are taken, and towards what.

    Attributes
    ----------
    targets
        Classes or phrases of the vocabulary; by default eight of the classes,
        evenly over their list.
    target_is_deg
        The Image Score that every step is calibrated to.
    images_per_class
        Pictures a class that are steered, at most.
    """

    targets: tuple[str, ...] = ()
    target_is_deg: Annotated[float, Field(gt=0, lt=180)] = 40.0
    images_per_class: Count = 10


class OutOfDistribution(_Section):
    """Pictures of another kind than the study's, in folders as in ``images.root``."""

    root: Folder
    limit: Count | None = None


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
    steering: Steering = Steering()
    out_of_distribution: OutOfDistribution | None = None
    analysis: Analysis = Analysis()

    @field_validator("models")
    @classmethod
    def _some(cls, models: tuple[Model, ...]) -> tuple[Model, ...]:
        if not models:
            raise ValueError("need at least one [[models]] section")
        return models

    @model_validator(mode="after")
    def _networks_for_other_pictures(self) -> "Study":
        given = [model.id for model in self.models if model.timm is None]
        if self.out_of_distribution is not None and given:
            raise ValueError(
                f"out_of_distribution has pictures that {', '.join(given)}, given as arrays, "
                "cannot look at; need timm models"
            )
        return self


def _refuse(section: _Section, keys: tuple[str, ...], what: str) -> None:
    given = [key for key in keys if key in section.model_fields_set]
    if given:
        verb = "does" if len(given) == 1 else "do"
        raise ValueError(f"{' and '.join(given)} {verb} not go with {what}")


def _one_of(value: str, known: list[str], complaint: str) -> str:
    if value in known:
        return value
    raise ValueError(f"{complaint} {value!r}; known: {close_to(value, known)}")
