"""Ctrl-C in the middle of extraction: a sentence, no process left, and the same command goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.processes import in_session
from tests.support.stored import tables

#: A run that decodes in processes, however few the pictures and cores.
SCRIPT = """
import sys
from flows import cli
from flows.extraction import pools
if __name__ == "__main__":
    pools._MANY, pools.n_cores = 0, lambda: 6
    sys.exit(cli.command(["run", *sys.argv[1:], "--plain"]))
"""


def test_an_interrupted_run_leaves_no_process_and_is_gone_on_with(fresh, made_once, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    run = subprocess.Popen(
        [sys.executable, script, fresh.study, "--data", fresh.root.path],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    # Itself, the server that forks and what it is watched by; then those that decode.
    while len(in_session(run.pid)) < 5:
        assert run.poll() is None
        time.sleep(0.01)

    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)

    assert run.returncode == 1
    *_, last = said.splitlines()
    assert last == "sing: interrupted; the same command goes on where this one stopped"
    assert "Traceback" not in said
    until = time.monotonic() + 30
    while (left := in_session(run.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left
    assert fresh.run().worked
    found, wanted = tables(fresh, times=False), tables(made_once, times=False)
    for name in ("model_scores", "image_scores", "image_concept_scores"):
        assert found[name] == wanted[name]
