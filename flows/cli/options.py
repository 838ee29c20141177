"""What the commands have in common: options, and how they talk."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from dashboards.words.visible import visible


def _folder(_type: object, tokens: Sequence[Token]) -> Path:
    """Refuse an empty name, as of a variable that is not set: it would be the current folder."""
    if not tokens[0].value:
        raise ValueError("it is empty; name a folder, or leave --data out")
    return Path(tokens[0].value)


Data = Annotated[
    Path | None,
    Parameter(
        "--data",
        converter=_folder,
        help="Folder that holds all that runs make; $SING_DATA or ./data.",
    ),
]
StudyFile = Annotated[Path, Parameter(help="Study file (TOML).")]
AsJson = Annotated[bool, Parameter("--json", negative=(), help="Answer in JSON.")]
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
