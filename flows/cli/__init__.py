"""The ``sing`` command.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 the
work failed, 2 the command line or the study is wrong. Heavy imports wait until
a command needs them.
"""

import os
import sys

from cyclopts import App, CycloptsError

from flows.cli import pages, questions, results, studies
from flows.cli.options import complain
from flows.terminal import leaving

app = App(
    name="sing",
    help="What an image classifier cannot see, in words: null-space scores in a database.",
    version_flags=["--version"],
    result_action="return_value",
)
for _function in (
    studies.run, studies.demo, studies.validate, studies.serve, studies.doctor,
    questions.findings, questions.phrase, questions.steer, questions.compare,
    questions.synthesize, pages.dashboard, pages.report,
    results.sql, results.schema, results.runs, results.export, results.rebuild,
    results.gc,
):  # fmt: skip
    app.command(_function)
_shapes = App(name="shapes", help="The made world of the demo.")
_shapes.command(studies.train)
app.command(_shapes)


def command(arguments: list[str] | None = None) -> int:
    """Carry out a command line; return its exit code. One sentence for whatever goes wrong."""
    try:
        return int(app(arguments, exit_on_error=False, print_error=False) or 0)
    except CycloptsError as error:
        complain(f"sing: {error}; see sing --help")
        return 2
    except KeyboardInterrupt:
        complain("sing: interrupted; the same command goes on where this one stopped")
        return 1
    except Exception as error:
        if "Broken pipe" in str(error):  # who read our output has seen enough
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for the flush at exit)
            return 1
        from flows.terminal.failures import exit_code, sentence

        complain(sentence(error))
        return exit_code(error)


def main() -> None:
    """Enter from the shell."""
    leaving.register()
    sys.exit(command())
