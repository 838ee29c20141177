"""Telling somebody, by a command of the user, that work which nobody watches has failed."""

import os
import shlex
import shutil
import subprocess

#: What the command finds the message in; it comes on its standard input too.
MESSAGE = "SING_MESSAGE"

#: A mail or a web hook takes seconds.
_PATIENCE_S = 60.0


class NotifyError(ValueError):
    """A command that cannot be carried out."""

    exit_code = 2


def words(command: str) -> list[str]:
    """Return a command's words, split as a shell would, which is all of a shell that there is.

    Raises
    ------
    NotifyError
        If it has none, an open quotation, or names no program.
    """
    try:
        parts = shlex.split(command)
    except ValueError as error:
        raise NotifyError(f"--notify {command!r} cannot be read: {error}") from error
    if not parts or shutil.which(parts[0]) is None:
        raise NotifyError(
            f"--notify {command!r} names no program that can be found; need a command such as "
            f"\"mail -s 'SING failed' me@example.org\", which reads the message from its "
            f"standard input or from ${MESSAGE}"
        )
    return parts


def notify(command: str, message: str) -> str:
    """Carry out the command; returns what went wrong with it, or nothing.

    The message is passed as data: whatever names are in it, no shell reads them.
    """
    try:
        done = subprocess.run(
            words(command),
            input=message.encode(errors="replace") + b"\n",
            env=os.environ | {MESSAGE: message.replace("\0", "")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return f"the command of --notify took more than {_PATIENCE_S:.0f} s and was ended"
    except (OSError, NotifyError) as error:
        return str(error)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return f"the command of --notify ended with code {done.returncode}: {' '.join(said[-1:])}"
    return ""
