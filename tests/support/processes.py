"""Runs in processes of their own, to be killed."""

import multiprocessing
import subprocess

import psutil

from flows.pipeline import run_study
from flows.study.load import load_study
from warehouse.layout import DataRoot

# Processes start from a server that has imported everything and started no threads, so that a
# killed run costs what it did and not seconds of imports. Some wait until a run needs them.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "tests.support.processes", "timm", "open_clip", "inflect", "pandas", "pyarrow.dataset",
        "pyarrow.pandas_compat", "PIL.JpegImagePlugin", "PIL.PngImagePlugin",
    ]
)  # fmt: skip


def carry_out(study, root):
    run_study(load_study(study), DataRoot(root))


def in_session(number):
    """Processes of a session that are not dead, with their command lines."""
    told = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--sid", str(number)], capture_output=True, text=True
    ).stdout
    return [line for line in told.splitlines() if line.split()[1][0] != "Z"]


def programs(place: str) -> list[str]:
    """Command lines of processes that were started with a path that begins so, or for one."""
    found = []
    for process in psutil.process_iter():
        try:
            about = [*process.cmdline(), *process.environ().values()]
            if any(text.startswith(place) for text in about):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:  # it has ended, or is another user's
            continue
    return found
