"""Serving a study on a schedule, as a Prefect deployment of this machine."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from cronsim import CronSim, CronSimError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.analyze import analyze
from flows.study.load import load_study
from flows.terminal.progress import say
from warehouse.layout import DataRoot

#: A new machine migrates Prefect's database first.
_SERVER_START_S = 120.0
#: Prefect's usual port, so that its own commands find the server too.
_PORT = 4200


class CronError(ValueError):
    """Not a time table."""

    exit_code = 2


class ServerError(RuntimeError):
    """The local Prefect server did not start."""


def serve_study(study: Path, cron: str, root: DataRoot) -> int:
    """Serve until interrupted. Starts a local Prefect server if none is configured.

    Raises
    ------
    CronError
        If ``cron`` is not a cron expression.
    ServerError
        If the local server does not come up.
    """
    _check_cron(cron)
    name = load_study(study).name
    with _server(root) as url, temporary_settings({PREFECT_API_URL: url}):
        # The runs are processes of their own: they find the server through the environment.
        os.environ["PREFECT_API_URL"] = url
        say(f"Prefect server: {url.removesuffix('/api')}")
        say(f"{name} runs on {cron!r}; results go to {root.path}; stop with Ctrl-C")
        analyze.serve(
            name=name,
            cron=cron,
            parameters={"study": str(study), "data": str(root.path)},
            # One writer at a time: a run that is due while another works waits for it.
            limit=1,
            pause_on_shutdown=False,
            print_starting_message=False,
        )
    return 0


def _check_cron(cron: str) -> None:
    from datetime import datetime

    try:
        CronSim(cron, datetime.now())
    except CronSimError as error:
        raise CronError(
            f"--cron {cron!r} is no cron expression ({error}); need five fields: minute, hour, "
            'day of month, month and day of week, as in "0 3 * * *"'
        ) from error


@contextmanager
def _server(root: DataRoot) -> Iterator[str]:
    """Address of the configured server, or of one started here for as long as this runs."""
    configured = PREFECT_API_URL.value()
    if configured:
        yield configured
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    log = root.path / "prefect" / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1",
        "--port", str(port),
    ]  # fmt: skip
    # A polite end, whenever it is asked for: Prefect's runner takes the signal over later.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            # In a session of its own, so that Ctrl-C reaches the runs first and the server last.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    try:
        _wait(url, server, log)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, also by ``kill -9`` (Linux)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _free_port() -> int:
    for port in (_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError("no port is free on 127.0.0.1")


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SERVER_START_S
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        time.sleep(0.3)
    raise ServerError(f"the local Prefect server did not start; {log} says why")
