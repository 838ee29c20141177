"""Serving a study on a schedule, as a Prefect deployment of this machine."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.client.schemas.schedules import CronSchedule
from prefect.server.schemas.schedules import CronSchedule as Dates
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import ValidationError

from flows import prefect_server
from flows.analyze import NOTIFY, analyze
from flows.study.load import load_study
from flows.terminal.progress import say
from warehouse.layout import DataRoot


class CronError(ValueError):
    """Not a time table."""

    exit_code = 2


def serve_study(study: Path, cron: str, timezone: str, notify: str | None, root: DataRoot) -> int:
    """Serve until interrupted. Starts a local Prefect server if none is configured.

    Parameters
    ----------
    notify
        Command that tells somebody when a run fails.

    Raises
    ------
    CronError
        If ``cron`` is not a cron expression of five fields, or the time zone is not known.
    ServerError
        If the local server does not come up.
    """
    schedule = _schedule(cron, timezone)
    name = load_study(study).name
    # A polite end, whenever it is asked for: Prefect's runner takes the signal over later.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _server(root) as url, temporary_settings({PREFECT_API_URL: url}):
        # The runs are processes of their own: they find the server through the environment.
        os.environ["PREFECT_API_URL"] = url
        if notify is not None:
            os.environ[NOTIFY] = notify
        say(f"Prefect server: {url.removesuffix('/api')}")
        say(f"{name} runs on {cron!r}, {timezone}; results go to {root.path}; stop with Ctrl-C")
        analyze.serve(
            name=name,
            schedules=[schedule],
            parameters={"study": str(study), "data": str(root.path)},
            # One writer at a time: a run that is due while another works waits for it.
            limit=1,
            pause_on_shutdown=False,
            print_starting_message=False,
        )
    return 0


def _schedule(cron: str, timezone: str) -> CronSchedule:
    """Read a time table with the parser that will run it."""
    try:
        CronSchedule(cron=cron)
    except ValidationError as error:
        raise CronError(_no_cron(cron, "Prefect cannot read it")) from error
    fields = len(cron.split())
    if fields != 5:
        raise CronError(_no_cron(cron, f"it has {fields} field{'s' if fields != 1 else ''}"))
    try:
        schedule = CronSchedule(cron=cron, timezone=timezone)
    except ValidationError as error:
        raise CronError(
            f"--timezone {timezone!r} is not known; need a name such as Europe/Berlin or UTC"
        ) from error
    try:
        asyncio.run(Dates(cron=cron, timezone=timezone).get_dates(1))
    except ValueError as error:
        raise CronError(_no_cron(cron, "there is no such day")) from error
    return schedule


def _no_cron(cron: str, why: str) -> str:
    return (
        f"--cron {cron!r} is no cron expression ({why}); need five fields: minute, hour, "
        'day of month, month and day of week, as in "0 3 * * *"'
    )


@contextmanager
def _server(root: DataRoot) -> Iterator[str]:
    """Address of the configured server, or of the data root's own."""
    configured = PREFECT_API_URL.value()
    if configured:
        yield configured
        return
    with prefect_server.served(root) as url:
        yield url
