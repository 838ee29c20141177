"""What goes wrong with Prefect, in one process: importing it and starting its server are dear."""

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
from flows import cli

study, data = sys.argv[1:]
failed = cli.command(["run", study, "--data", data])
wrong = cli.command(["serve", study, "--cron", "every night", "--data", data])

from prefect import flow
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
print(json.dumps([failed, wrong, [tried(error) for error in errors]]))
"""


def fail(made):
    """Run, serve at no time, and stumble; returns exit codes, complaints, and what was tried.

    Nothing else may be said: a line of stdout and a sentence of stderr for each command.
    """
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, made.study, made.root.path],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (answer,) = ran.stdout.splitlines()
    (about_run, about_serve) = ran.stderr.splitlines()
    failed, wrong, tried = json.loads(answer)
    return {"run": (failed, about_run), "serve": (wrong, about_serve), "tried": tried}
