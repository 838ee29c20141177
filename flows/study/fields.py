"""The kinds of values that a study holds, and how they are checked."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
)

from flows.terminal.lists import close_to
from sing_core.files.arrays import SUFFIXES, ArrayFile, parse
from sing_core.files.containers import is_container
from sing_core.networks.prompts import fill

#: What the architecture of a model is called that is given as arrays.
ARRAYS = "arrays"


def existing(kind: str, *, made_up: bool) -> Any:
    """Validate a path: relative to the study file, with ``~`` and ``$VAR``; it must be there.

    ``made_up`` marks what ``load_study(..., random_weights=True)`` does without.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        path = expand(value, info)
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


def expand(value: Any, info: ValidationInfo) -> Path:
    """Return a path as it is meant: relative to the study file, with ``~`` and ``$VAR``."""
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
    path = expand(where, info)
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path} is no file of arrays; need {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise ValueError(f"{path} does not exist; need a file of arrays")
    return ArrayFile(path, name)


def _template(value: str) -> str:
    fill(value, "name")
    return value


def at_least_one(templates: tuple[str, ...]) -> tuple[str, ...]:
    """Validate a list of templates."""
    if not templates:
        raise ValueError("need at least one template")
    return templates


def _pictures(value: Any, info: ValidationInfo) -> Path | tuple[Path, ...]:
    """Validate a folder of pictures, a container of some, or a list of containers."""
    if isinstance(value, list):
        if not value:
            raise ValueError("the list is empty; need some .tar, .parquet or .csv")
        return tuple(_container(one, info) for one in value)
    path = expand(value, info)
    if is_container(path) and not path.is_dir():
        return _container(value, info)
    return Path(_FOLDER.func(value, info))


def _container(value: Any, info: ValidationInfo) -> Path:
    path = Path(_FILE.func(value, info))
    if not is_container(path):
        raise ValueError(f"{path} is no .tar, .parquet or .csv; need one of these, or a folder")
    return path


_FOLDER, _FILE = existing("folder", made_up=True), existing("file", made_up=True)


Pictures = Annotated[Path | tuple[Path, ...], BeforeValidator(_pictures)]


Folder = Annotated[Path, existing("folder", made_up=False)]


Weights = Annotated[Path, existing("file", made_up=True)]


File = Annotated[Path, existing("file", made_up=False)]


Array = Annotated[ArrayFile, BeforeValidator(_array)]


Templates = tuple[Annotated[str, AfterValidator(_template)], ...]


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]


# Upper bounds are where a slip of the keyboard would otherwise be found after hours.
Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]


Share = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """One section of a study: frozen, and without keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def unset(value: Any) -> bool:
    """Whether a key was left out: what is not said is in no digest of what was said before it."""
    return value is None


def refuse(section: Section, keys: tuple[str, ...], what: str) -> None:
    """Raise where a section has keys that do not go with something else in it."""
    given = [key for key in keys if key in section.model_fields_set]
    if given:
        verb = "does" if len(given) == 1 else "do"
        raise ValueError(f"{' and '.join(given)} {verb} not go with {what}")


def one_of(value: str, known: list[str], complaint: str) -> str:
    """Validate one of some known words."""
    if value in known:
        return value
    raise ValueError(f"{complaint} {value!r}; known: {close_to(value, known)}")


def repository(value: str, *, revisions: bool) -> str:
    """Validate ``hf-hub:OWNER/NAME``, with ``revisions`` perhaps with ``@REVISION``."""
    revision = r"(@[\w./-]+)?" if revisions else ""
    if not re.fullmatch(rf"hf-hub:[\w.-]+/[\w.-]+{revision}", value):
        perhaps = ", perhaps with @REVISION" if revisions else ""
        raise ValueError(f"need hf-hub:OWNER/NAME{perhaps}, got {value!r}")
    return value
