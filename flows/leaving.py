"""Leaving the process without the noise that libraries make while it is torn down."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Exit with a code, after everything registered for the exit has run.

    After a Prefect flow, Python's own teardown has DuckDB's binding print pages
    of "leaked" objects and may have Prefect's threads print a traceback, both
    harmless. So the same steps are taken in the same order (threads, exit
    handlers, among them the one that stops Prefect's temporary server), and the
    process ends before modules are taken apart.
    """
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or 1
    os._exit(code)
