"""Leaving the process without the noise that libraries make while it is taken apart."""

import atexit
import os
import sys
from contextlib import suppress


def quietly() -> None:
    """Close stderr's last chapter: what is printed while modules are taken apart goes nowhere.

    DuckDB's binding may print pages of "leaked" objects at that time, and
    Prefect's threads a traceback. Both are harmless, and neither is for the
    user. Everything worth saying was said before.
    """
    with suppress(OSError):  # a full disk: what could not be said is lost
        sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def regardless() -> None:
    """Have libraries that were interrupted half-way not complain of it at the end."""
    sys.unraisablehook = lambda _: None


def register() -> None:
    """Have the process leave quietly; called before other imports, so that it runs last."""
    atexit.register(quietly)
