"""Runs in processes of their own, to be killed."""

import multiprocessing

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
