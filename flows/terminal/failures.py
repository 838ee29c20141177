"""From an error to one sentence and an exit code."""

import errno
import os
import traceback

#: Errors of these types are the program's fault, not the input's, so they say where to look.
_FAULTS = (
    AssertionError, AttributeError, IndexError, KeyError, NameError, NotImplementedError, TypeError,
)  # fmt: skip


#: What to do about a disk.
_ADVICE = {
    errno.ENOSPC: "; nothing stored is lost: free some space and run the same command again",
    errno.EDQUOT: "; nothing stored is lost: free some space and run the same command again",
    errno.EFBIG: "; nothing stored is lost: allow larger files and run the same command again",
    errno.EIO: "; the disk failed: nothing else stored is lost, run the same command again",
    errno.EROFS: "; need a folder that can be written to, see --data",
}


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
        text += _ADVICE.get(error.errno or 0, "")
    if isinstance(error, _FAULTS):
        text = (
            f"{type(error).__name__}: {text}; this is a fault of the program, set SING_DEBUG=1 "
            "to see where"
        )
    return text
