"""Commands to look at results: the dashboard, and the report of a run."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.cli.options import Data, UsageError, complain, dash, require_writable
from flows.cli.questions import RunName
from warehouse.layout import DataRoot


def dashboard(
    *,
    port: Annotated[int, Parameter(help="Where it listens.")] = 8501,
    address: Annotated[
        str, Parameter(help="This machine alone by default; there are no passwords.")
    ] = "127.0.0.1",
    base_path: Annotated[str, Parameter(help="Path that a proxy serves it at, as in /sing.")] = "",
    host: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            help="A name that it is called by, as a proxy passes it on; may be given again. "
            "localhost, this machine's name, and addresses in numbers need not be named.",
        ),
    ] = (),
    data: Data = None,
) -> int:
    """Serve the pages over the published results, until Ctrl-C."""
    from dashboards.serve import HOSTS, command

    if not 1 <= port <= 65535:
        raise UsageError(f"--port is {port}; need a number from 1 to 65535")
    path = base_path.strip("/")
    if not re.fullmatch(r"[\w.~/-]*", path, re.ASCII) or "//" in path or ".." in path.split("/"):
        raise UsageError(f"--base-path is {base_path!r}; need letters and digits, as in /sing")
    for name in host:
        if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
            raise UsageError(f"--host is {name!r}; need a name alone, as in sing.example.org")
    root = DataRoot.choose(data)
    _require_free(address, port)
    shown = f"[{address}]" if ":" in address else address
    url = f"http://{shown}:{port}" + (f"/{path}" if path else "")
    complain(f"the dashboard of {root}: {url} (stop it with Ctrl-C)")
    # Streamlit says "Stopping..." on stdout, which is for results; what goes wrong is on stderr.
    served = subprocess.Popen(
        command(address, port, path),
        env={**os.environ, "SING_DATA": str(root), HOSTS: " ".join(host)},
        stdout=subprocess.DEVNULL,
    )
    # Whoever stops us, by Ctrl-C or by SIGTERM, stops what we started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return 1 if served.wait() else 0
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(served)


def _stop(served: subprocess.Popen[bytes]) -> None:
    served.terminate()
    try:
        served.wait(timeout=10)
    except subprocess.TimeoutExpired:
        served.kill()
        served.wait()


def _require_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise UsageError(
                f"cannot listen at {address}, port {port} ({error.strerror}); is another "
                "dashboard running? choose another one with --port"
            ) from error


def report(
    run: RunName,
    *,
    out: Annotated[
        Path | None, dash("Where the file goes; RUN.html here by default, - for stdout.")
    ] = None,
    data: Data = None,
) -> int:
    """Write a run's charts, tables and sentences as one HTML file that needs no network."""
    from dashboards.report.report import Report
    from flows.questions.named_runs import run_named
    from warehouse.files import whole
    from warehouse.read import Warehouse

    root = DataRoot.choose(data)
    warehouse, run_id = Warehouse(root), run_named(run, root)
    (row,) = warehouse.ask("run", run=run_id).to_pylist()
    text = Report(warehouse, row).html()
    if str(out) == "-":
        sys.stdout.write(text)
        return 0
    file = out or Path(f"{run_id}.html")
    require_writable(file, " with --out")
    with whole(file) as draft:
        draft.write_text(text, encoding="utf-8")
    complain(f"wrote {file}")
    return 0
