"""The ``sing`` command.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 the
work failed, 2 the command line or the study is wrong. Heavy imports wait until
a command needs them.
"""

import os
import sys

from cyclopts import App, CycloptsError

from flows import cli_pages, cli_questions, cli_results, cli_studies, leaving
from flows.cli_options import complain

app = App(
    name="sing",
    help="What an image classifier cannot see, in words: null-space scores in a database.",
    version_flags=["--version"],
    result_action="return_value",
)
for _function in (
    cli_studies.run, cli_studies.demo, cli_studies.validate, cli_studies.serve, cli_studies.doctor,
    cli_questions.findings, cli_questions.phrase, cli_questions.steer, cli_questions.compare,
    cli_questions.synthesize, cli_pages.dashboard, cli_pages.report,
    cli_results.sql, cli_results.schema, cli_results.runs, cli_results.export, cli_results.rebuild,
    cli_results.gc,
):  # fmt: skip
    app.command(_function)
_shapes = App(name="shapes", help="The made world of the demo.")
_shapes.command(cli_studies.train)
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
        from flows.failures import exit_code, sentence

        complain(sentence(error))
        return exit_code(error)


def main() -> None:
    """Enter from the shell."""
    leaving.register()
    sys.exit(command())
