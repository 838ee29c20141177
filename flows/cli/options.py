"""What the commands have in common: options, and how they talk."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Data = Annotated[
    Path | None,
    Parameter("--data", help="Folder that holds all that runs make; $SING_DATA or ./data."),
]
StudyFile = Annotated[Path, Parameter(help="Study file (TOML).")]
AsJson = Annotated[bool, Parameter("--json", negative=(), help="Answer in JSON.")]
Plain = Annotated[bool, Parameter(negative=(), help="Without Prefect.")]


class UsageError(ValueError):
    """A command line that cannot be meant."""

    exit_code = 2


def complain(message: str) -> None:
    """Tell the user something on stderr, in plain text."""
    print(message, file=sys.stderr)
