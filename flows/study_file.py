"""Reading a study file: every problem in it told at once, one sentence each."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows.study import (
    IMAGENET,
    Concepts,
    Images,
    Model,
    Space,
    Study,
    Translator,
    close_to,
    listed,
)

S = TypeVar("S", bound=BaseModel)

#: The group that the study's classes make, in the tables of groups.
CLASS_GROUP = "class"


class StudyError(ValueError):
    """A study file that cannot be run: every problem in it, one sentence each."""

    exit_code = 2

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


def load_study(path: Path | str, *, random_weights: bool = False) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    random_weights
        For a rehearsal with random weights over drawn pictures: files of
        weights and the folder of pictures need not be there.

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
    context = {"folder": path.parent.absolute(), "random_weights": random_weights}
    study, problems = None, []
    try:
        study = Study.model_validate(content, context=context)
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors()]
    # What follows looks across keys. It is asked of the parts that are right by themselves, so
    # that one run shows every problem.
    images = _part(Images, content.get("images"), context)
    models = [_part(Model, model, context) for model in _list(content.get("models"))]
    space = _part(Space, content.get("space"), context)
    concepts = _part(Concepts, content.get("concepts"), context)
    problems += _repeated_ids(content)
    if concepts:
        problems += _vocabulary_problems(concepts)
    if images:
        problems += _class_list_problems(images, [model for model in models if model])
        problems += _array_problems(images, space, [model for model in models if model])
    if space:
        problems += _text_problems(space, concepts, "concepts" in content)
    translator = _part(Translator, content.get("translator", {}), context)
    if translator and not random_weights:
        problems += _translator_problems(translator, [model for model in models if model])
    if study is None or problems:
        raise StudyError(path, problems)
    return study


def _part(section: type[S], content: Any, context: dict[str, Any]) -> S | None:
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


def chosen_folders(images: Images, folders: list[str], names: list[str]) -> set[str]:
    """Return which class folders a study takes pictures from: all, or those of ``images.classes``.

    Raises
    ------
    ValueError
        If one of the chosen classes is unknown, or a name is that of several.
    """
    if images.classes is None:
        return set(folders)
    meant: dict[str, set[str]] = {}
    for folder, name in zip(folders, names, strict=True):
        meant.setdefault(folder, set()).add(folder)
        meant.setdefault(name, set()).add(folder)
    unknown = [name for name in images.classes if name not in meant]
    if unknown:
        more = f" and {len(unknown) - 1} more of the list" if len(unknown) > 1 else ""
        raise ValueError(
            f"images.classes: there is no class {unknown[0]!r}{more}; known by folder or name: "
            f"{close_to(unknown[0], list(meant))}"
        )
    for name in images.classes:
        if len(meant[name]) > 1:
            raise ValueError(
                f"images.classes: {name!r} is the name of {len(meant[name])} classes; give the "
                f"folder, one of {listed(sorted(meant[name]))}"
            )
    return {folder for name in images.classes for folder in meant[name]}


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
    if any(group == CLASS_GROUP for group, _ in pairs):
        problems.append(
            f"concepts.file: {concepts.file} has a group {CLASS_GROUP!r}, which is what the "
            "study's own classes are called; give it another name"
        )
    repeated = sorted({phrase for i, (_, phrase) in enumerate(pairs) if (_, phrase) in pairs[:i]})
    if repeated:
        problems.append(f"concepts.file: {concepts.file} has {listed(repeated)} more than once")
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
        problems.append(f"images.class_names: {listed(repeated)} stand there more than once")
    try:
        chosen_folders(images, folders, names)
    except ValueError as error:
        problems.append(str(error))
    for model in models:
        if any(path and not path.exists() for path in (model.checkpoint, model.head)):
            continue  # a rehearsal does without
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


def _array_problems(images: Images, space: Space | None, models: list[Model]) -> list[str]:
    """Return which arrays and networks do not go with the kind of items that the study has."""
    if images.table is not None:
        problems = [
            f"models.{model.id}: timm = {model.timm!r} looks at pictures, but images.table has "
            "none; give features and head, or images.root"
            for model in models
            if model.timm is not None
        ]
        if space and space.model is not None:
            problems.append(
                f"space.model: {space.model} looks at pictures, but images.table has none; give "
                "embeddings and class_texts, or images.root"
            )
    else:
        arrays = {f"models.{model.id}.features": model.features for model in models}
        arrays["space.embeddings"] = space.embeddings if space else None
        problems = [
            f"{key}: {array} does not say which picture a row belongs to; need .parquet with the "
            "pictures' paths as column id, or images.table"
            for key, array in arrays.items()
            if array is not None and not array.has_ids
        ]
    texts = space.class_texts if space else None
    if texts is not None and not texts.has_ids and images.class_names is None:
        problems.append(
            f"space.class_texts: {texts} does not say which class a row belongs to; name the "
            "classes in its order as images.class_names, or give .parquet with their names as "
            "column id"
        )
    return problems


def _translator_problems(translator: Translator, models: list[Model]) -> list[str]:
    if translator.file is None:
        return []
    if len(models) > 1 and "{model}" not in translator.file:
        return [
            f"translator.file: {translator.file} is one file for {len(models)} models, whose "
            "features differ; put {model} where their ids stand"
        ]
    files = [translator.file_of(model.id) for model in models]
    return [
        f"translator.file: {file} does not exist; need a translator of every model"
        for file in files
        if file is not None and not file.is_file()
    ]


def _text_problems(space: Space, concepts: Concepts | None, has_concepts: bool) -> list[str]:
    if space.model is not None:
        return []
    problems = []
    if has_concepts and space.concept_texts is None:
        problems.append(
            "space.concept_texts is missing: a space of arrays cannot embed the phrases of "
            "concepts.file; give their embeddings"
        )
    if not has_concepts and space.concept_texts is not None:
        problems.append("concepts is missing: space.concept_texts are of the phrases in its file")
    if concepts and "templates" in concepts.model_fields_set:
        problems.append(
            "concepts.templates do not go with space.embeddings, whose texts are embedded already"
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
