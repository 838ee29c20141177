"""What goes wrong with Prefect, in one process: importing it and starting its server are dear."""

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
from flows import cli

study, data = sys.argv[1:]
def serve(*arguments):
    return cli.command(["serve", study, "--data", data, *arguments])

codes = [cli.command(["run", study, "--data", data])]
for cron in ("every night", "0 0 3 * * *", "@daily", "0 0 30 2 *"):
    codes.append(serve("--cron", cron))
nightly = "--cron", "0 3 * * *"
codes.append(serve(*nightly, "--timezone", "Mars/Olympus"))
codes.append(serve(*nightly, "--notify", "no-such-program of mine"))
codes.append(serve(*nightly, "--notify", "mail 'me"))

from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings
with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
    codes.append(cli.command(["run", study, "--data", data]))
    codes.append(serve(*nightly))
from flows.analyze import as_task

calls = []

def stumbles(error):
    calls.append(error)
    if len(calls) == 1:
        raise error
    return str(len(calls))

@flow
def tried(error):
    calls.clear()
    try:
        return as_task(stumbles, error, name="stumbles over {anything}")
    except Exception as raised:
        return f"{type(raised).__name__} after {len(calls)}"

errors = OSError("disk"), ValueError("wrong"), FileNotFoundError("gone")
print(json.dumps([codes, [tried(error) for error in errors]]))
"""


#: What is called, in order; each ends in a sentence.
_CALLED = (
    "run", "no cron", "six fields", "one field", "no such day", "time zone",
    "no program", "open quotation", "run without the server", "serve without the server",
)  # fmt: skip


def fail(made):
    """Run, serve at no time, and stumble; returns exit codes, complaints, and what was tried.

    Nothing else may be said: a line of stdout and a sentence of stderr for each command.
    """
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, made.study, made.root.path],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (answer,) = ran.stdout.splitlines()
    codes, tried = json.loads(answer)
    told = zip(codes, ran.stderr.splitlines(), strict=True)
    return {**dict(zip(_CALLED, told, strict=True)), "tried": tried}
