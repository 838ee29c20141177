"""Dask on SLURM by dask-jobqueue, and a study on it. Written from its documentation; NOT TRIED.

    pip install dask-jobqueue
    python slurm.py STUDY DATA

One worker process a job, with one GPU; the job scripts need the environment that SING is in.
"""

import subprocess
import sys

from dask_jobqueue import SLURMCluster

study, data = sys.argv[1:3]
cluster = SLURMCluster(
    queue="gpu",
    processes=1,
    cores=1,
    memory="32GB",
    walltime="08:00:00",
    job_cpu=8,
    job_extra_directives=["--gres=gpu:1"],
)
cluster.scale(jobs=8)
address = cluster.scheduler_address.removeprefix("tcp://")
command = ["sing", "run", study, "--data", data, "--engine", f"dask://{address}"]
sys.exit(subprocess.run(command).returncode)
