"""A study: one TOML file that says what to analyze, as one frozen, validated value."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sing_core.prompts import DEFAULT_TEMPLATE, fill

#: `class_names = "imagenet-1k"`: timm's list of the 1000 classes, for folders named by WordNet id.
IMAGENET = "imagenet-1k"


#: Arguments of timm.create_model that would go around the weights that the study names.
_NO_ARGS = frozenset({"pretrained", "checkpoint_path", "features_only", "num_classes"})

S = TypeVar("S", bound=BaseModel)


class StudyError(ValueError):
    """A study file that cannot be run: every problem in it, one sentence each."""

    exit_code = 2

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


def _existing(kind: str) -> Any:
    """Validate a path: relative to the study file, with ``~`` and ``$VAR``; it must be there."""

    def check(value: Any, info: ValidationInfo) -> Any:
        path = _expand(value, info)
        try:
            if not (path.is_dir() if kind == "folder" else path.is_file()):
                problem = f"is not a {kind}" if path.exists() else "does not exist"
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


Folder = Annotated[Path, _existing("folder")]
File = Annotated[Path, _existing("file")]
Templates = tuple[Annotated[str, AfterValidator(_template)], ...]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
# Upper bounds are where a slip of the keyboard would otherwise be found after hours.
Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Share = Annotated[float, Field(ge=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Images(_Section):
    """Which pictures: a folder a class.

    Attributes
    ----------
    class_names
        A file with one name a line in the order of the head's outputs, or
        ``imagenet-1k``; the folders' names by default.
    max_rejected
        The run stops if more than this share of the files cannot be used.
    limit, limit_per_class
        Draw a balanced, seeded sample of at most so many pictures.
    """

    root: Folder
    class_names: Path | Literal["imagenet-1k"] | None = None
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
            raise ValueError(f"pretrained is missing; {self.model} has {_listed(tags)}")
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
        ``pooled`` feature, or ``class+mean_patch`` tokens joined (DINOv2).
    args
        More arguments of ``timm.create_model``.
    """

    id: Name
    timm: str
    checkpoint: File | None = None
    pretrained: bool | str = False
    head: File | None = None
    head_input: Literal["pooled", "class+mean_patch"] = "pooled"
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


def load_study(path: Path | str) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyError
        With every problem of the file.
    """
    path = Path(path).expanduser()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyError(path, [f"cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(path, [f"is not valid TOML: {error}"]) from error
    context = {"folder": path.parent.absolute()}
    study, problems = None, []
    try:
        study = Study.model_validate(content, context=context)
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors()]
    # What follows looks across keys. It is asked of the parts that are right by themselves, so
    # that one run shows every problem.
    images = _part(Images, content.get("images"), context)
    models = [_part(Model, model, context) for model in _list(content.get("models"))]
    concepts = _part(Concepts, content.get("concepts"), context)
    problems += _repeated_ids(content)
    if concepts:
        problems += _vocabulary_problems(concepts)
    if images:
        problems += _class_list_problems(images, [model for model in models if model])
    if study is None or problems:
        raise StudyError(path, problems)
    return study


def _part(section: type[S], content: Any, context: dict[str, Path]) -> S | None:
    try:
        return section.model_validate(content, context=context)
    except ValidationError:
        return None


def _list(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _repeated_ids(content: dict[str, Any]) -> list[str]:
    # Ids name files, and some file systems do not tell case apart.
    models = [model for model in _list(content.get("models")) if isinstance(model, dict)]
    ids = [str(model["id"]).lower() for model in models if "id" in model]
    return [
        f"models: two models have the id {repeated!r}; give each its own"
        for repeated in sorted({name for name in ids if ids.count(name) > 1})
    ]


def class_names(images: Images) -> tuple[list[str], list[str]] | None:
    """Return the head's classes as (folder names, names), in the head's order; None if not given.

    A file of names has the same for both; with ``imagenet-1k`` folders are
    WordNet ids.
    """
    given = images.class_names
    if given is None:
        return None
    if given == IMAGENET:
        from timm.data import ImageNetInfo

        info = ImageNetInfo(IMAGENET)
        names = [info.index_to_description(i) for i in range(info.num_classes())]
        return list(info.label_names()), [name.split(",")[0] for name in names]
    lines = Path(given).read_text(encoding="utf-8-sig").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    return names, names


def vocabulary(concepts: Concepts | None) -> list[tuple[str | None, str]]:
    """Return the study's concepts as (group, phrase), in the order of the file."""
    if concepts is None:
        return []
    pairs: list[tuple[str | None, str]] = []
    for line in concepts.file.read_text(encoding="utf-8-sig").splitlines():
        group, colon, phrase = line.partition(":")
        if line.strip() and not line.lstrip().startswith("#"):
            pairs.append((group.strip() or None, phrase.strip()) if colon else (None, line.strip()))
    return pairs


def _vocabulary_problems(concepts: Concepts) -> list[str]:
    try:
        pairs = vocabulary(concepts)
    except UnicodeDecodeError as error:
        return [f"concepts.file: {concepts.file} is not UTF-8 text: {error.reason}"]
    problems = []
    if not pairs:
        problems.append(f"concepts.file: {concepts.file} holds no phrase; need one a line")
    if any(not phrase for _, phrase in pairs):
        problems.append(f"concepts.file: {concepts.file} has a group without a phrase")
    repeated = sorted({phrase for i, (_, phrase) in enumerate(pairs) if (_, phrase) in pairs[:i]})
    if repeated:
        problems.append(f"concepts.file: {concepts.file} has {_listed(repeated)} more than once")
    return problems


def _class_list_problems(images: Images, models: list[Model]) -> list[str]:
    """Return what is wrong with a list of classes, held against the folders and heads."""
    from sing_core.backbones import head_classes
    from sing_core.weights import BadWeightsError

    try:
        given = class_names(images)
    except UnicodeDecodeError as error:
        return [f"images.class_names: {images.class_names} is not UTF-8: {error.reason}"]
    if given is None:
        return []
    folders, names = given
    problems = []
    if len(set(folders)) < len(folders):
        repeated = sorted({name for i, name in enumerate(folders) if name in folders[:i]})
        problems.append(f"images.class_names: {_listed(repeated)} stand there more than once")
    for model in models:
        try:
            classes = head_classes(model.name, checkpoint=model.checkpoint, head=model.head)
        except BadWeightsError as error:
            problems.append(f"models.{model.id}: {error}")
            continue
        if classes is not None and classes != len(names):
            problems.append(
                f"images.class_names: {images.class_names} has {len(names)} names, but the "
                f"head of models.{model.id} has {classes} classes; need one name a class, in the "
                "head's order"
            )
    return problems


def _sentence(problem: Any) -> str:
    """One of pydantic's errors in our words: the key, what was needed, what came."""
    section: type[BaseModel] = Study
    where: list[str] = []
    for part in problem["loc"]:
        if isinstance(part, int):
            where[-1] += f"[{part + 1}]"
            continue
        where.append(str(part))
        field = section.model_fields.get(str(part))
        inner = _section_of(field.annotation) if field else None
        section = inner or section
    key = ".".join(where) or "the study"
    match problem["type"]:
        case "extra_forbidden":
            return f"{key} is not a known key; known here: {', '.join(section.model_fields)}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {problem['ctx']['error']}"
        case "string_pattern_mismatch":
            return (
                f"{key}: need letters, digits, '.', '_' or '-', at most 64, starting with a letter "
                f"or digit (it names files), got {str(problem['input'])[:80]!r}"
            )
        case "tuple_type":
            return f"{key}: need a list ([[{key}]] for sections), got {problem['input']!r}"
        case _:
            message = problem["msg"][0].lower() + problem["msg"][1:]
            return f"{key}: {message}, got {problem['input']!r}"


def _section_of(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, looking into unions, tuples and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _section_of(inner):
            return found
    return None


def _one_of(value: str, known: list[str], complaint: str) -> str:
    if value in known:
        return value
    close = difflib.get_close_matches(value, known, n=4, cutoff=0.5)
    raise ValueError(f"{complaint} {value!r}; known: {_listed(close or known)}")


def _listed(names: list[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
