"""How a step of the pipeline is carried out: directly, or as a task of Prefect."""

from collections.abc import Callable
from typing import Any, Protocol


class Step(Protocol):
    """Carries out a step under a name; ``task`` is what steps of its kind are called together."""

    def __call__(
        self, function: Callable[..., Any], *args: Any, name: str, task: str | None = None
    ) -> Any:
        """Return what ``function(*args)`` returns."""


def directly(function: Callable[..., Any], *args: Any, name: str, task: str | None = None) -> Any:
    """Carry a step out as the plain function that it is."""
    del name, task
    return function(*args)
