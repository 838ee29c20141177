"""Taking turns in writing to a data root."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flows.terminal.progress import say
from warehouse.layout import DataRoot, LockedError

#: Between two looks whether the data root is free.
_LOOK_S = 2.0


@contextmanager
def turn(root: DataRoot, purpose: str, *, patient: bool = True) -> Iterator[None]:
    """Hold the root's lock; who is patient waits for it, and says for whom.

    Raises
    ------
    LockedError
        If another process holds it, and nobody is patient.
    """
    told = ""
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(root.writing(purpose))
                break
            except LockedError as error:
                if not patient:
                    raise
                if str(error) != told:
                    told = str(error)
                    say(f"{told.partition('; ')[0]}; this run goes on when that has ended")
            time.sleep(_LOOK_S)
        yield
