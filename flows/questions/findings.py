"""What stands out in a run, in sentences: what differs from its control, the furthest first.

Light, for a command that only reads: neither this module nor what it imports
loads a network.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dashboards.words import sentences
from dashboards.words.markdown import PLAIN
from flows.questions.named_runs import UnknownClassError, class_named, run_named
from flows.terminal.lists import listed
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Shifts towards phrases: of each model among the findings, and each way of a single class; and
#: phrases that all classes of a model move by.
_OF_A_MODEL, _OF_A_CLASS, _OF_ALL = 2, 5, 3

_Rows = list[dict[str, Any]]


def findings(name: str, root: DataRoot) -> Iterator[str]:
    """Yield what a reader should beware of, what differs from its control, and what does not.

    Ratios, shares and leaking classes come in one order, by how many times they
    are away from their control at least; then shifts of single classes towards
    phrases, by degrees, and once a model those that all classes share. What
    differs too little to be told is one sentence. What has no
    control, such as steering, is no finding.

    Parameters
    ----------
    name
        A run's id, or a study's name for its newest run.
    """
    run_id, warehouse = run_named(name, root), Warehouse(root)

    def ask(question: str, **parameters: Any) -> _Rows:
        return list(warehouse.ask(question, run=run_id, **parameters).to_pylist())

    ratios, groups, classes = ask("finding_ratios"), ask("finding_groups"), ask("finding_classes")
    for row in sorted(ratios, key=lambda row: row["model"]):
        if row["warnings"]:
            yield _of(row, f"read with care: {row['warnings']}.")
    found = [(row, sentences.ratio(row, PLAIN)) for row in _told(ratios)]
    found += [(rows[0], sentences.looks(rows, PLAIN)) for rows in _sides(groups)]
    found += [(row, sentences.leak(row, row["n_classes"], PLAIN)) for row in _told(classes)]
    for row, sentence in sorted(found, key=lambda one: -one[0]["times"]):
        yield _of(row, sentence)
    for row in ask("finding_shifts", most=_OF_A_MODEL):
        yield _of(row, _shift(row))
    yield from _common(ask("common_shifts", most=_OF_ALL))
    (shifts,) = ask("shift_counts")
    rest = [*_rest(ratios, groups, classes, shifts)]
    if rest:
        yield f"Not told from a control: {'; '.join(rest)}."


def class_findings(name: str, class_name: str, root: DataRoot) -> Iterator[str]:
    """Yield the phrases that null removal moves a class's images towards and away from most.

    By what is the class's own; then, once a model, what all classes share.

    Raises
    ------
    UnknownClassError
        If the run has no such class, several of that name, or no vocabulary.
    """
    run_id, warehouse = run_named(name, root), Warehouse(root)
    known = warehouse.ask("class_names", run=run_id).to_pylist()
    names = {row["class_index"]: row["class_name"] for row in known}
    index = class_named(class_name, run_id, names)
    rows = warehouse.ask("class_shifts", run=run_id, class_index=index, most=_OF_A_CLASS)
    if not len(rows):
        raise UnknownClassError(
            f"{run_id} has no phrases that class {class_name!r} moves by; its study needs "
            "[concepts]"
        )
    for row in rows.to_pylist():
        yield _of(row, _shift(row))
    yield from _common(warehouse.ask("common_shifts", run=run_id, most=_OF_ALL).to_pylist())


def _of(row: dict[str, Any], sentence: str) -> str:
    return f"{PLAIN.name(row['model'])}: {sentence}"


def _shift(row: dict[str, Any]) -> str:
    return f"without their null part, {sentences.own_shift(row, PLAIN)}"


def _common(rows: _Rows) -> Iterator[str]:
    for model in dict.fromkeys(row["model"] for row in rows):
        of_model = [row for row in rows if row["model"] == model]
        words = sentences.common_shifts(of_model, PLAIN)
        yield _of(of_model[0], f"without their null part, {words}")


def _told(rows: _Rows) -> _Rows:
    return [row for row in rows if row["differs"]]


def _sides(groups: _Rows) -> list[_Rows]:
    """Gather what differs by model and side, each furthest first."""
    sides: dict[tuple[str, bool], _Rows] = {}
    for row in _told(groups):
        sides.setdefault((row["model"], row["unseen"]), []).append(row)
    return list(sides.values())


def _rest(ratios: _Rows, groups: _Rows, classes: _Rows, shifts: dict[str, int]) -> Iterator[str]:
    alike = [PLAIN.name(row["model"]) for row in ratios if not row["differs"]]
    if alike:
        yield f"IS / |AS| of {listed(sorted(alike))}"
    unclear = Counter(PLAIN.name(row["concept_group"]) for row in groups if not row["differs"])
    if unclear:
        named = listed([f"{group} × {n}" for group, n in unclear.most_common()], most=5)
        yield f"{unclear.total()} of {len(groups)} shares of groups ({named})"
    alike = [PLAIN.name(row["model"]) for row in classes if not row["differs"]]
    if alike:
        yield f"the class that leaks most by {listed(sorted(alike))}"
    if shifts["n"] > shifts["n_differ"]:
        yield f"{shifts['n'] - shifts['n_differ']:,} of {shifts['n']:,} shifts towards phrases"
