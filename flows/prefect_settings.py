"""Settings of Prefect, made before it is imported: quiet, local, and calling nobody else.

A user's own server is used as it is, whether ``PREFECT_API_URL`` or a profile
(``prefect cloud login``, ``prefect profile use``) names it. Without one, Prefect
keeps its small database below the data root, whose own server is started for the
length of a run.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flows.prefect_server import ServerError, coming
from warehouse.layout import DataRoot

#: For a server's first sign of life.
_PATIENCE_S = 5.0


def prepare(root: DataRoot, *, log_level: str) -> None:
    """Set what is not set already."""
    settings = {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A new machine takes longer than the default 20 s to start the server the first time.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_LEVEL": log_level,
        "PREFECT_CLI_PROMPT": "false",
    }
    if "PREFECT_API_URL" not in os.environ and "PREFECT_HOME" not in os.environ:
        home = root.path / "prefect"
        root.make()
        home.mkdir(exist_ok=True)
        settings["PREFECT_HOME"] = str(home)
        profiles = _profiles()
        if profiles is not None:
            # Prefect looks for them in its home, which is no longer the user's.
            settings["PREFECT_PROFILES_PATH"] = str(profiles)
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def require_server(otherwise: str) -> str | None:
    """Ask the configured server, if there is one, for a sign of life; with its address.

    Before the flow is imported, so that a dead one is told soon.

    Parameters
    ----------
    otherwise
        What to do without one.

    Raises
    ------
    ServerError
        If it gives none.
    """
    from prefect.client.orchestration import get_client
    from prefect.settings import (
        PREFECT_API_REQUEST_TIMEOUT,
        PREFECT_API_URL,
        PREFECT_CLIENT_MAX_RETRIES,
        temporary_settings,
    )

    url: str | None = PREFECT_API_URL.value()
    if not url:
        return None
    at_once = {PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: _PATIENCE_S}
    with temporary_settings(at_once), get_client(sync_client=True) as client:
        problem = client.api_healthcheck()
    if problem is not None:
        answer = getattr(problem, "response", None)
        said = str(problem) or type(problem).__name__
        if answer is not None:
            said = f"{answer.status_code} {answer.reason_phrase}"
        raise ServerError(
            f"no Prefect server answers at {url} ({said}); start it, name another with "
            f"PREFECT_API_URL or `prefect profile use`, or {otherwise}"
        ) from problem
    return url


@contextmanager
def server(root: DataRoot, otherwise: str) -> Iterator[Callable[[], str]]:
    """What gives the address of the configured server, or of the data root's own, once it is up.

    Not Prefect's temporary one: that lives on after a run which is killed.
    """
    url = require_server(otherwise)
    if url is not None:
        yield lambda: url
        return
    with coming(root) as address:
        yield address


def _profiles() -> Path | None:
    """The user's own profiles, if there are any."""
    with suppress(RuntimeError):  # a user without a home
        profiles = Path.home() / ".prefect" / "profiles.toml"
        if profiles.is_file():
            return profiles
    return None
