"""The ``sing`` command.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 the
work failed, 2 the command line or the study is wrong. Heavy imports wait until
a command needs them.
"""

import os
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from cyclopts import App, CycloptsError

from flows.cli import cures, doctor, pages, questions, releases, results, studies
from flows.cli.options import UsageError, complain
from flows.terminal import leaving

app = App(
    suppress_keyboard_interrupt=False,  # it is told below, with the exit code of other failures
    name="sing",
    help="What an image classifier cannot see, in words: null-space scores in a database.",
    version=lambda: metadata.version("sing-null-space"),
    version_flags=["--version"],
    result_action="return_value",
)
for _function in (
    studies.init, studies.run, studies.demo, studies.validate, studies.serve, doctor.doctor,
    questions.findings, questions.phrase, questions.steer, questions.compare,
    questions.synthesize, cures.cure, releases.gate, releases.card, pages.dashboard, pages.report,
    results.sql, results.schema, results.runs, results.status, results.export, results.rebuild,
    results.gc,
):  # fmt: skip
    app.command(_function)
_shapes = App(name="shapes", help="The made world of the demo.", suppress_keyboard_interrupt=False)
_shapes.command(studies.train)
app.command(_shapes)


def command(arguments: list[str] | None = None) -> int:
    """Carry out a command line; return its exit code. One sentence for whatever goes wrong."""
    try:
        _require_folder()
        code = int(app(arguments, exit_on_error=False, print_error=False) or 0)
        sys.stdout.flush()  # what the disk or the reader refuses is told here, not at the exit
        return code
    except CycloptsError as error:
        return _failed(f"sing: {str(error).rstrip('.')}; see sing --help", 2)
    except KeyboardInterrupt:
        leaving.regardless()
        return _failed("sing: interrupted; the same command goes on where this one stopped", 1)
    except Exception as error:
        if "Broken pipe" in str(error):  # who read our output has seen enough
            _give_up_stdout()
            return 1
        from flows.terminal.failures import exit_code, sentence

        return _failed(sentence(error), exit_code(error))


def _require_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise UsageError(
            "the folder that this shell is in does not exist any more; go to one that does (cd) "
            "and run the same command again"
        ) from None


def _failed(message: str, code: int) -> int:
    """Say what went wrong, if stderr can still take it, and leave no output for the exit."""
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_stdout()
    with suppress(OSError):
        complain(message)
    return code


def _give_up_stdout() -> None:
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for the flush at exit)


def main() -> None:
    """Enter from the shell."""
    leaving.register()
    if sys.stdout is None:  # closed by whoever called
        _give_up_stdout()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.exit(command())
