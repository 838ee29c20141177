"""Clusters on loopback: two nodes of Ray, a Dask scheduler and two workers."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import distributed
import psutil

ROOT = Path(__file__).parents[2]
ENV = {
    **os.environ,
    "RAY_USAGE_STATS_ENABLED": "0",
    "OMP_NUM_THREADS": "1",
    # Workers import what tests ship to them.
    "PYTHONPATH": str(ROOT),
}


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _tool(name):
    return str(Path(sys.executable).with_name(name))


class Cluster:
    """A running cluster: its address, and the processes that work on its units."""

    def __init__(self, address, folder):
        self.address, self.folder = address, folder

    def kill_a_worker(self, signal_=signal.SIGKILL):
        """Kill a process that carries out units; returns whether there was one."""
        for process in self.workers():
            try:
                process.send_signal(signal_)
            except psutil.Error:
                continue
            return True
        return False

    def workers(self):
        raise NotImplementedError


class RayCluster(Cluster):
    def workers(self):
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                if words and words[0].startswith("ray::carry_out"):
                    found.append(process)
            except psutil.Error:
                continue
        return found


class DaskCluster(Cluster):
    def __init__(self, address, folder, started):
        super().__init__(address, folder)
        self.scheduler, *self.nannies = started

    def workers(self):
        found = []
        for nanny in self.nannies:
            try:
                children = psutil.Process(nanny.pid).children(recursive=True)
                found += [one for one in children if "spawn_main" in " ".join(one.cmdline())]
            except psutil.Error:
                continue
        return found


@contextmanager
def ray_cluster(folder, nodes=2, env=None):
    """As many nodes of one core each as asked for, by ``ray start``."""
    port, env = free_port(), {**ENV, **(env or {})}
    common = ["--num-cpus=1", "--node-ip-address=127.0.0.1", "--disable-usage-stats"]
    common += ["--object-store-memory=100000000"]
    head = ["--head", f"--port={port}", f"--temp-dir={folder}", "--include-dashboard=false"]
    ports = ["--min-worker-port=0", "--max-worker-port=0"]
    started = []
    try:
        for which in [head, *[[f"--address=127.0.0.1:{port}"]] * (nodes - 1)]:
            command = [_tool("ray"), "start", *which, *common, *ports, "--block"]
            with (folder / "log").open("a") as log:
                started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=ROOT))
            _until(partial(_ray_nodes, port, env, len(started)), folder / "log")
        yield RayCluster(f"ray:127.0.0.1:{port}", folder)
    finally:
        _end(started)


def _ray_nodes(port, env, n):
    script = (
        "import ray; from ray._private.state import state; "
        f"from ray._raylet import GcsClient; c = GcsClient(address='127.0.0.1:{port}'); "
        "print(sum(n.state == 0 for n in c.get_all_node_info().values()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=env, timeout=30
    )
    return told.returncode == 0 and int(told.stdout.split()[-1]) >= n


@contextmanager
def dask_cluster(folder, workers=2, env=None):
    """A scheduler, and as many workers of one thread each."""
    port, env = free_port(), {**ENV, **(env or {})}
    started = []
    log = (folder / "log").open("a")
    try:
        command = [
            _tool("dask"), "scheduler", "--host=127.0.0.1", f"--port={port}",
            "--dashboard-address=127.0.0.1:0",
        ]  # fmt: skip
        started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=ROOT))
        for n in range(workers):
            command = [
                _tool("dask"), "worker", f"tcp://127.0.0.1:{port}", "--nthreads=1",
                "--nworkers=1", f"--name=worker-{n}", "--no-dashboard", "--memory-limit=0",
                f"--local-directory={folder}",
            ]  # fmt: skip
            started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=ROOT))
        with distributed.Client(f"tcp://127.0.0.1:{port}", timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield DaskCluster(f"dask://127.0.0.1:{port}", folder, started)
    finally:
        _end(started)
        log.close()


def _until(look, log, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not look():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


def _end(started):
    every = []
    for process in started:
        try:
            every += psutil.Process(process.pid).children(recursive=True)
        except psutil.Error:
            continue
    for process in reversed(started):
        process.kill()
    for process in every:
        try:
            process.kill()
        except psutil.Error:
            continue
    for process in started:
        process.wait()
