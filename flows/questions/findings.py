"""What stands out in a run, as `sing findings` says it.

Light, for a command that only reads: neither this module nor what it imports
loads a network.
"""

from collections.abc import Iterator
from typing import Any

from dashboards.words import findings as words
from dashboards.words.findings import Finding
from flows.questions.named_runs import UnknownClassError, class_named, run_named
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


def findings(name: str, root: DataRoot, *, most: int | None = None) -> Iterator[Finding]:
    """Yield the answer, what to beware of, what differs from its control, and what does not.

    Parameters
    ----------
    name
        A run's id, or a study's name for its newest run.
    most
        At most so many of what differs; all by default.
    """
    return words.findings(asking(run_named(name, root), root), most=most)


def class_findings(name: str, class_name: str, root: DataRoot) -> Iterator[Finding]:
    """Yield the phrases that null removal moves a class's images towards and away from most.

    Raises
    ------
    UnknownClassError
        If the run has no such class, several of that name, or no vocabulary.
    """
    run_id = run_named(name, root)
    ask = asking(run_id, root)
    names = {row["class_index"]: row["class_name"] for row in ask("class_names")}
    index = class_named(class_name, run_id, names)
    found = list(words.class_findings(ask, index))
    if not any(one.kind == "shift" for one in found):
        raise UnknownClassError(
            f"{run_id} has no phrases that class {class_name!r} moves by; its study needs "
            "[concepts]"
        )
    yield from found


def asking(run_id: str, root: DataRoot) -> words.Ask:
    """Return what answers questions about a run, each with its rows."""
    warehouse = Warehouse(root)

    def ask(question: str, **parameters: Any) -> list[dict[str, Any]]:
        return list(warehouse.ask(question, run=run_id, **parameters).to_pylist())

    return ask
