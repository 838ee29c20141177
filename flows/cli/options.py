"""What the commands have in common: options, and how they talk."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from dashboards.words.visible import visible
from warehouse.remote import is_remote


def _folder(_type: object, tokens: Sequence[Token]) -> Path | str:
    """Refuse an empty name, as of a variable that is not set: it would be the current folder."""
    named = tokens[0].value
    if not named:
        raise ValueError("it is empty; name a folder, or leave --data out")
    return named if is_remote(named) else Path(named)


Data = Annotated[
    Path | str | None,
    Parameter(
        "--data",
        converter=_folder,
        help="Folder that holds all that runs make; $SING_DATA or ./data. To read, also the "
        "address of published results, as s3://BUCKET/FOLDER.",
    ),
]
StudyFile = Annotated[Path, Parameter(help="Study file (TOML).")]
AsJson = Annotated[bool, Parameter("--json", negative=(), help="Answer in JSON.")]
EngineAt = Annotated[
    str | None,
    Parameter(
        "--engine",
        help="Cluster that extracts and scores: ray:auto, ray:HOST:PORT, ray://HOST:PORT or "
        "dask://HOST:PORT; this machine alone by default, or what the settings say.",
    ),
]
Plain = Annotated[bool, Parameter(negative=(), help="Without Prefect.")]


def _no_option(_type: object, value: object) -> None:
    """Refuse a mistyped option where a lone dash may stand."""
    text = str(value)
    if text.startswith("-") and text != "-" and not any(map(str.isspace, text)):
        raise ValueError(f"there is no option {text}")


def dash(text: str) -> Parameter:
    """Describe a parameter that may be a lone dash, for stdin or stdout."""
    return Parameter(allow_leading_hyphen=True, validator=_no_option, help=text)


class UsageError(ValueError):
    """A command line that cannot be meant."""

    exit_code = 2


def complain(message: str) -> None:
    """Tell the user something on stderr, in plain text."""
    print(visible(message), file=sys.stderr)


def require_writable(file: Path, option: str = "") -> None:
    """Refuse what cannot be the name of a file to write.

    Raises
    ------
    UsageError
        If it is a folder, or in none that exists.
    """
    if not file.parent.is_dir() or file.is_dir():
        raise UsageError(f"cannot write {file}; name a file in a folder that exists{option}")
