"""From an error to one sentence and an exit code."""

import errno
import os
import traceback

#: Errors of these types are the program's fault, not the input's, so they say where to look.
_FAULTS = (
    AssertionError, AttributeError, IndexError, KeyError, NameError, NotImplementedError, TypeError,
)  # fmt: skip


def exit_code(error: BaseException) -> int:
    """2 where the command line or the study is wrong (the error says so), 1 where work failed."""
    return int(getattr(error, "exit_code", 1))


def sentence(error: BaseException) -> str:
    """Put an error in words after the program's name; with its traceback if SING_DEBUG is set."""
    text = reason(error)
    if os.environ.get("SING_DEBUG"):
        text = "".join(traceback.format_exception(error)) + text
    return f"sing: {text}"


def reason(error: BaseException) -> str:
    """Put an error in words."""
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    text = f"{str(error) or type(error).__name__}{notes}"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror}{notes}"
        if error.errno == errno.ENOSPC:
            text += "; nothing stored is lost: free some space and run the same command again"
    if isinstance(error, _FAULTS):
        text = (
            f"{type(error).__name__}: {text}; this is a fault of the program, set SING_DEBUG=1 "
            "to see where"
        )
    return text
