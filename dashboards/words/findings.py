"""What stands out in a run, in sentences: what differs from its control, the furthest first."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.words import sentences, verdicts
from dashboards.words.lists import listed
from dashboards.words.markdown import PLAIN, Writer
from dashboards.words.readouts import readout

_Rows = list[dict[str, Any]]

#: Asks one of the warehouse's questions about a run.
Ask = Callable[..., _Rows]

#: Shifts towards phrases: of each model among the findings, and each way of a single class; and
#: phrases that all classes of a model move by.
_OF_A_MODEL, _OF_A_CLASS, _OF_ALL = 2, 5, 3


@dataclass(frozen=True)
class Finding:
    """A sentence about a model.

    Attributes
    ----------
    kind
        ``answer``, ``warning``, ``readout``, ``ratio``, ``groups``, ``class``, ``shift``,
        ``shared`` or ``not told``.
    model
        Whom it is about; None where it is about the run.
    """

    kind: str
    model: str | None
    text: str

    def in_full(self, writer: Writer) -> str:
        """Return the sentence with the model's name before it."""
        return self.text if self.model is None else f"{writer.name(self.model)}: {self.text}"


def findings(ask: Ask, writer: Writer = PLAIN, *, most: int | None = None) -> Iterator[Finding]:
    """Yield the answer, what to beware of, what differs from its control, and what does not.

    What a new head would gain comes first. Ratios, shares and leaking classes come in one order, by
    how many times they are away from their control at least; then shifts of single classes towards
    phrases, by degrees, and those that all classes of a model share. What
    differs too little to be told is one sentence. What has no control, such as
    steering, is no finding.

    Parameters
    ----------
    most
        At most so many of what differs, shared by the kinds; all by default.
    """
    answer = verdicts.models(ask("models"), writer)
    if answer:
        yield Finding("answer", None, answer)
    ratios, groups, classes = ask("finding_ratios"), ask("finding_groups"), ask("finding_classes")
    for row in sorted(ratios, key=lambda row: row["model"]):
        if row["warnings"]:
            yield Finding("warning", row["model"], f"read with care: {row['warnings']}.")
    found = [("ratio", row, sentences.ratio(row, writer)) for row in _told(ratios)]
    found += [("groups", rows[0], sentences.looks(rows, writer)) for rows in _sides(groups)]
    found += [
        ("class", row, sentences.leak(row, row["n_classes"], writer)) for row in _told(classes)
    ]
    told = [
        Finding(kind, row["model"], text)
        for kind, row, text in sorted(found, key=lambda one: -one[1]["times"])
    ]
    gains = [
        Finding("readout", row["model"], readout(row, writer))
        for row in _told(ask("class_readouts"))
    ]
    shifts = [_shift(row, writer) for row in ask("finding_shifts", most=_OF_A_MODEL)]
    shared = [*_common(ask("common_shifts", most=_OF_ALL), writer)]
    if most is not None:
        gains, shifts, shared = gains[:2], shifts[:2], shared[:2]
        told = told[: most - 4 - len(gains)]
    yield from (*gains, *told, *shifts, *shared)
    (counts,) = ask("shift_counts")
    rest = [*_rest(ratios, groups, classes, counts, writer)]
    if rest:
        yield Finding("not told", None, f"Not told from a control: {'; '.join(rest)}.")


def class_findings(ask: Ask, class_index: int, writer: Writer = PLAIN) -> Iterator[Finding]:
    """Yield the phrases that null removal moves a class's images towards and away from most.

    By what is the class's own; then, once a model, what all classes share.
    """
    for row in ask("class_shifts", class_index=class_index, most=_OF_A_CLASS):
        yield _shift(row, writer)
    yield from _common(ask("common_shifts", most=_OF_ALL), writer)


def _shift(row: dict[str, Any], writer: Writer) -> Finding:
    words = f"without their null part, {sentences.own_shift(row, writer)}"
    return Finding("shift", row["model"], words)


def _common(rows: _Rows, writer: Writer) -> Iterator[Finding]:
    for model in dict.fromkeys(row["model"] for row in rows):
        of_model = [row for row in rows if row["model"] == model]
        words = sentences.common_shifts(of_model, writer)
        yield Finding("shared", model, f"without their null part, {words}")


def _told(rows: _Rows) -> _Rows:
    return [row for row in rows if row["differs"]]


def _sides(groups: _Rows) -> list[_Rows]:
    """Gather what differs by model and side, each furthest first."""
    sides: dict[tuple[str, bool], _Rows] = {}
    for row in _told(groups):
        sides.setdefault((row["model"], row["unseen"]), []).append(row)
    return list(sides.values())


def _rest(
    ratios: _Rows, groups: _Rows, classes: _Rows, shifts: dict[str, int], writer: Writer
) -> Iterator[str]:
    alike = [writer.name(row["model"]) for row in ratios if not row["differs"]]
    if alike:
        yield f"IS / |AS| of {listed(sorted(alike))}"
    unclear = Counter(writer.name(row["concept_group"]) for row in groups if not row["differs"])
    if unclear:
        named = listed([f"{group} × {n}" for group, n in unclear.most_common()], most=5)
        yield f"{unclear.total()} of {len(groups)} shares of groups ({named})"
    alike = [writer.name(row["model"]) for row in classes if not row["differs"]]
    if alike:
        yield f"the class that leaks most by {listed(sorted(alike))}"
    if shifts["n"] > shifts["n_differ"]:
        yield f"{shifts['n'] - shifts['n_differ']:,} of {shifts['n']:,} shifts towards phrases"
