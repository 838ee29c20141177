"""The Prefect flow, for real: with its own temporary server, in a process of its own."""

import re
import subprocess
import sys

from tests.support.command import sing


def test_a_run_needs_no_server_and_is_quiet(fresh):
    ran = sing("run", fresh.study, "--data", fresh.root.path)

    assert ran.returncode == 0, ran.stderr
    assert "byob" in ran.stdout
    lines = ran.stderr.splitlines()
    assert [
        line for line in lines if not re.search(r"pictures in 5|published|extracting|look", line)
    ] == []
    again = sing("run", fresh.study, "--data", fresh.root.path)
    assert "nothing to do" in again.stderr
    assert again.stdout.splitlines()[1:] == ran.stdout.splitlines()[1:]


def test_a_failed_flow_is_one_sentence(fresh):
    for path in (fresh.folder / "pictures" / "cat").iterdir():
        path.write_bytes(b"")

    ran = sing("run", fresh.study, "--data", fresh.root.path)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "14 of 70 picture files cannot be used" in ran.stderr


FLAKY = """
import sys
from pathlib import Path
from flows import prefect_settings
from warehouse.layout import DataRoot

prefect_settings.prepare(DataRoot(Path(sys.argv[1])), log_level="CRITICAL")
from prefect import flow
from flows.analyze import as_task

calls = []

def stumbles(error):
    calls.append(error)
    if len(calls) == 1:
        raise error
    return len(calls)

@flow
def tried(error):
    calls.clear()
    try:
        return as_task(stumbles, error, name="stumbles over {anything}")
    except Exception as raised:
        return f"{type(raised).__name__} after {len(calls)}"

print(tried(OSError("disk")), tried(ValueError("wrong")), tried(FileNotFoundError("gone")), sep=";")
"""


def test_a_step_is_tried_again_only_where_that_can_help(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", FLAKY, tmp_path], capture_output=True, text=True, timeout=200
    )

    assert ran.stdout.strip() == "2;ValueError after 1;FileNotFoundError after 1", ran.stderr
