"""Progress of long work, on stderr: bars with rate and time left, or a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from dashboards.words.visible import visible

console = Console(stderr=True, highlight=False, emoji=False)


class Advance(Protocol):
    """What work calls with how much more of it was done."""

    def __call__(self, n: int, note: str = "") -> None:
        """Count ``n`` more; a ``note`` stands beside the name of the work."""


#: Seconds between lines where there is no terminal to draw a bar on.
_INTERVAL_S = 15.0


def say(message: str) -> None:
    """Tell the user something, on stderr."""
    console.print(visible(message), markup=False, soft_wrap=True)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")


@contextmanager
def progress(what: str, total: int | None, unit: str) -> Iterator[Advance]:
    """Show how far some work is; yields the function to call with how much was done.

    Without a ``total`` nobody knows how much there is.
    """
    what = visible(what)
    if not console.is_terminal:
        yield _Lines(what, total, unit).advance
        return
    columns = (
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(),
        MofNCompleteColumn(), TextColumn(unit), _Rate(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(what, total=total)

        def advance(n: int, note: str = "") -> None:
            bars.update(bar, advance=n, description=_noted(what, note))

        yield advance


def _noted(what: str, note: str) -> str:
    return f"{what}, {note}" if note else what


class _Lines:
    """The same in lines, for logs."""

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        self.what, self.total, self.unit = what, total, unit
        self.done, self.start = 0, time.monotonic()
        self.last = self.start

    def advance(self, n: int, note: str = "") -> None:
        self.done += n
        now = time.monotonic()
        finished = self.total is not None and self.done >= self.total
        if now - self.last < _INTERVAL_S and not finished:
            return
        if self.last == self.start and finished and now - self.start < 1:
            return  # over before anyone could wonder
        self.last = now
        rate = self.done / max(now - self.start, 1e-9)
        what = _noted(self.what, note)
        line = f"{what}: {self.done:,} {self.unit}, {rate:,.1f}/s"
        if self.total is not None:
            left = (self.total - self.done) / rate if rate else 0
            line = (
                f"{what}: {self.done:,} of {self.total:,} {self.unit}, {rate:,.1f}/s, "
                f"{left:,.0f} s left"
            )
        print(line, file=sys.stderr, flush=True)
