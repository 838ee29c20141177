"""What a gate found, for programs: JUnit, and the lines that GitHub makes annotations of."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from dashboards.words.visible import visible
from flows.gate.check import Check, as_row


def junit(name: str, checks: Sequence[Check]) -> str:
    """Return the checks as a JUnit test suite."""
    failures = sum(one.verdict == "fail" for one in checks)
    errors = sum(one.verdict == "unknown" for one in checks)
    suite = ElementTree.Element(
        "testsuite", name=f"sing gate {name}", tests=str(len(checks)), failures=str(failures),
        errors=str(errors),
    )  # fmt: skip
    for one in checks:
        case = ElementTree.SubElement(
            suite, "testcase", classname=visible(one.model), name=visible(one.rule)
        )
        if one.verdict != "pass":
            kind = "failure" if one.verdict == "fail" else "error"
            ElementTree.SubElement(case, kind, message=visible(in_words(one)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def github(checks: Sequence[Check]) -> Iterator[str]:
    """Yield a line a check, which GitHub Actions shows beside the run where it does not pass."""
    for one in checks:
        if one.verdict == "pass":
            yield f"pass {one.model}: {one.rule}"
            continue
        words = in_words(one).replace("%", "%25").replace("\n", " ")
        yield f"::error title=sing gate::{visible(words)}"


def in_words(one: Check) -> str:
    """Say what came of a check in a sentence."""
    row = as_row(one)
    what = row["measured"]
    moved = "changed by" if one.kind != "value" else "is"
    return (
        f"{one.model}: {one.rule} is broken; it {moved} {what}, {one.why}"
        if one.verdict == "fail"
        else f"{one.model}: {one.rule} could not be checked; {one.why}"
    )
