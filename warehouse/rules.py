"""The rules that published rows must pass: queries of ``checks/`` that must return nothing.

A query that names no table of its own, but says ``{table}``, is asked of every table, with what
the table's file says of its key and its numbers.
"""

from collections.abc import Iterator

import pyarrow as pa

from warehouse import schema


def queries() -> Iterator[tuple[str, str]]:
    """Each rule's name with a query of it; those of every table come first.

    The others may then rely on keys. Where a model's scores stand twice, ``assert_row_counts``
    ends in an error of the database, which tells nobody what is wrong.
    """
    checks = schema.sql("checks")
    for name, check in checks.items():
        if "{table}" in check:
            yield from ((name, query) for query in _of_every_table(check))
    yield from ((name, check) for name, check in checks.items() if "{table}" not in check)


def words() -> dict[str, str]:
    """What each rule says, by its name in words."""
    return {
        name.removeprefix("assert_").replace("_", " "): _first_sentence(query)
        for name, query in schema.sql("checks").items()
    }


def _of_every_table(check: str) -> Iterator[str]:
    keys = schema.keys()
    for table in schema.sql("tables"):
        numbers = schema.numbers(table)
        group, number = _in_two(keys[table], table)
        if numbers or "{undefined}" not in check:
            yield (
                check.replace("{table}", table)
                .replace("{key}", ", ".join(keys[table]))
                .replace("{group}", ", ".join(group))
                .replace("{number}", number)
                .replace("{undefined}", _first_undefined(numbers))
            )


def _in_two(key: tuple[str, ...], table: str) -> tuple[tuple[str, ...], str]:
    """A key's last column, where that is a whole number, and those before."""
    *_, last = key
    others = key[:-1]
    if others and pa.types.is_integer(schema.arrow_schemas()[table].field(last).type):
        return others, last
    return key, "0"


def _first_undefined(numbers: list[str]) -> str:
    cases = " ".join(f"when not isfinite({name}) then '{name}'" for name in numbers)
    return f"case {cases} end"


def _first_sentence(query: str) -> str:
    """First sentence of the comment that a query begins with."""
    lines = []
    for line in query.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines).split(". ")[0].rstrip(".") + "."
