"""The Prefect server of a data root: one, however many services there are, for as long as any is.

Two servers on one SQLite file lose each other's runs. So whoever needs the
server holds ``prefect/services`` shared, and a keeper (this module as a
program) holds ``prefect/server.json``, which says where the server is. The
keeper ends with its server when nobody holds the first file any more, which
the kernel knows also of those that were killed. Light: without Prefect.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import httpx

from warehouse.layout import DataRoot

#: A new machine migrates Prefect's database first.
_START_S = 120.0

#: How long a server may take to end by itself.
_END_S = 15.0

#: How often the keeper looks whether it is needed, and others whether the server is up.
_LOOK_S = 0.3

#: Prefect's usual port, so that its own commands find the server too.
_PORT = 4200

#: Others that are tried where another server was quicker.
_PORTS = 2

#: The keeper's exit code where another one keeps the root's server already.
_KEPT = 3


class ServerError(RuntimeError):
    """No Prefect server where one is needed."""


@contextmanager
def served(root: DataRoot) -> Iterator[str]:
    """Address of the root's server, which runs at least as long as this; started if there is none.

    Raises
    ------
    ServerError
        If it does not come up.
    """
    with coming(root) as address:
        yield address()


@contextmanager
def coming(root: DataRoot) -> Iterator[Callable[[], str]]:
    """The same, as a function that waits for the address: the server starts meanwhile."""
    with _held(root) as services:
        try:
            url = _running(root)
            yield (lambda: url) if url else partial(_come, root, _start(root))
        finally:
            _leave(root, services)


@contextmanager
def _held(root: DataRoot) -> Iterator[IO[str]]:
    home = root.path / "prefect"
    root.make()
    home.mkdir(exist_ok=True)
    with (home / "services").open("a") as services:
        fcntl.flock(services, fcntl.LOCK_SH)  # waits for a server that is just ending
        yield services


def _leave(root: DataRoot, services: IO[str]) -> None:
    """End the keeper if nobody else needs it, so that nothing runs on when a command is over."""
    if not _locks(services):
        return
    keeper = _kept(root)
    if keeper is None:
        return
    with suppress(ProcessLookupError):
        os.kill(keeper["pid"], signal.SIGTERM)
    until = time.monotonic() + 2 * _END_S
    while _kept(root) is not None and time.monotonic() < until:
        time.sleep(0.1)


def _locks(file: IO[str], mode: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _kept(root: DataRoot) -> dict[str, Any] | None:
    """What the keeper wrote, if there is one; its server may not be up yet."""
    try:
        with (root.path / "prefect" / "server.json").open() as file:
            if _locks(file, fcntl.LOCK_SH):
                return None
            return dict(json.load(file))
    except (FileNotFoundError, ValueError):  # it is just writing
        return None


def _running(root: DataRoot) -> str | None:
    keeper = _kept(root)
    return str(keeper["url"]) if keeper and _answers(keeper["url"], root) else None


def _answers(url: str, root: DataRoot) -> bool:
    """Whether the root's own server answers there: another's may have been quicker at the port."""
    try:
        settings = httpx.get(f"{url}/admin/settings", timeout=2).raise_for_status().json()
        home = Path(os.environ.get("PREFECT_HOME", root.path / "prefect"))
        return Path(settings["home"]).resolve() == home.resolve()
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False


def _start(root: DataRoot) -> subprocess.Popen[bytes]:
    here = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "flows.prefect_server", str(root.path)],
        env=os.environ | {"PYTHONPATH": paths},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # In a session of its own, so that Ctrl-C reaches the runs first and the server last.
        start_new_session=True,
    )


def _come(root: DataRoot, keeper: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and keeper.poll() in (None, _KEPT):
        url = _running(root)
        if url is not None:
            return url
        if keeper.poll() == _KEPT and _kept(root) is None:
            keeper = _start(root)  # who kept it before has just ended
        time.sleep(_LOOK_S)
    raise ServerError(f"the local Prefect server did not start; {_log(root)} says why")


def _log(root: DataRoot) -> Path:
    return root.path / "prefect" / "server.log"


def _keep(root: DataRoot) -> int:
    """Run the root's server for as long as anybody holds its services."""
    home = root.path / "prefect"
    # A polite end, whenever it is asked for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (home / "server.json").open("a+") as ours, (home / "services").open("a") as services:
        if not _becomes_keeper(ours):
            return _KEPT
        try:
            for port in (_free_port(_PORT), *(_free_port(0) for _ in range(_PORTS))):
                begun, code = time.monotonic(), _serve(root, port, ours, services)
                if code == 0 or time.monotonic() - begun > _START_S:
                    break  # else another was quicker at the port
            return code
        finally:
            ours.truncate(0)


def _serve(root: DataRoot, port: int, ours: IO[str], services: IO[str]) -> int:
    """Run the server at a port until it ends, or nobody needs it: 0 then."""
    with _log(root).open("w") as log:
        server = subprocess.Popen(
            [
                sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1",
                "--port", str(port),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,
        )  # fmt: skip
    try:
        ours.truncate(0)
        json.dump({"url": f"http://127.0.0.1:{port}/api", "pid": os.getpid()}, ours)
        ours.flush()
        while server.poll() is None and not _locks(services):
            time.sleep(_LOOK_S)
        return server.poll() or 0
    finally:
        server.terminate()
        try:
            server.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            server.kill()


def _becomes_keeper(ours: IO[str]) -> bool:
    """Whether no other keeper is there; who only looks holds the file for a moment."""
    for _ in range(10):
        if _locks(ours):
            return True
        time.sleep(0.1)
    return False


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, also by ``kill -9`` (Linux)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError("no port is free on 127.0.0.1")


if __name__ == "__main__":
    sys.exit(_keep(DataRoot(Path(sys.argv[1]))))
