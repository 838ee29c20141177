"""Reading a study file: every problem in it told at once, one sentence each."""

import reprlib
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows.study.analysis import Translator
from flows.study.checkpoints import spread
from flows.study.concepts import Concepts
from flows.study.images import Images
from flows.study.model import Model
from flows.study.problems import Sections
from flows.study.space import Space
from flows.study.study import Study
from flows.study.text_files import BadTextFileError, read_text

S = TypeVar("S", bound=BaseModel)

#: What came instead, however much or deep it is.
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80

#: Problems that are told, at most: nobody reads more at once.
_TOLD = 40

#: A study of a thousand models takes a fifth of this.
_MOST_BYTES = 2**20


class StudyError(ValueError):
    """A study file that cannot be run: every problem in it, one sentence each."""

    exit_code = 2

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        lines = [f"{path}: {problem}" for problem in problems[:_TOLD]]
        if len(problems) > _TOLD:
            lines.append(f"{path}: and {len(problems) - _TOLD:,} problems more")
        super().__init__("\n".join(lines))


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
        content = tomllib.loads(read_text(path, _MOST_BYTES))
    except OSError as error:
        raise StudyError(path, [f"cannot be read: {error.strerror}"]) from error
    except BadTextFileError as error:
        raise StudyError(path, [str(error)]) from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError(path, [f"is not valid TOML: {error}"]) from error
    except RecursionError as error:
        raise StudyError(path, ["is nested too deeply to be a study"]) from error
    context = {"folder": path.parent.absolute(), "random_weights": random_weights}
    content, problems = spread(content, path.parent.absolute())
    study = None
    try:
        study = Study.model_validate(content, context=context)
    except ValidationError as error:
        problems += [_sentence(problem) for problem in error.errors()]
    sections = _sections(content, context)
    problems += sections.problems(random_weights=random_weights)
    if study is None or problems:
        raise StudyError(path, problems)
    return study


def _sections(content: dict[str, Any], context: dict[str, Any]) -> Sections:
    models = content.get("models")
    models = models if isinstance(models, list) else []
    given = [model for model in models if isinstance(model, dict)]
    read = [_part(Model, model, context) for model in given]
    return Sections(
        images=_part(Images, content.get("images"), context),
        space=_part(Space, content.get("space"), context),
        models=[model for model in read if model is not None],
        model_ids=[str(model["id"]) for model in given if "id" in model],
        concepts=_part(Concepts, content.get("concepts"), context),
        has_concepts="concepts" in content,
        translator=_part(Translator, content.get("translator", {}), context),
    )


def _part(section: type[S], content: Any, context: dict[str, Any]) -> S | None:
    try:
        return section.model_validate(content, context=context)
    except ValidationError:
        return None


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
    key, came = ".".join(where) or "the study", _SHORT.repr(problem["input"])
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
            return (
                f"{key}: need a list ([[{key}]] for sections), got {_SHORT.repr(problem['input'])}"
            )
        case _:
            message = problem["msg"][0].lower() + problem["msg"][1:]
            return f"{key}: {message}, got {came}"


def _section_of(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, looking into unions, tuples and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _section_of(inner):
            return found
    return None
