"""The gate of the SQL console: what a visitor's query may say, decided before it is run.

DuckDB's own parser turns the query into a tree, and every part of the tree must be of a kind
that is known here: tables that are published, functions that compute from their arguments.
What is unknown is refused. The sandbox behind the gate would stop a query that got through.
"""

import json
import re
import string
from difflib import get_close_matches
from typing import Any

import duckdb

from warehouse.console import allowed
from warehouse.read import QueryError, require_text

#: A page of SQL has about 3,000; more than this is no question that a person wrote.
MOST_CHARACTERS = 50_000

_ALLOWED = (
    "one SELECT is allowed, also as FROM, VALUES, WITH, DESCRIBE, SUMMARIZE or SHOW TABLES "
    "(and PIVOT, if it names its values: pivot t on c in ('a', 'b') using count(*))"
)

_TOO_DEEP = "the query is nested too deeply; write it with fewer levels"

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

Names = frozenset[str]


def check(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Let a query pass that only reads published tables; the connection is not asked to run it.

    Raises
    ------
    QueryError
        If it is anything else, with a sentence that says what is allowed.
    """
    _check_text(sql)
    statements = _parse(sql, connection)
    if not statements:
        raise QueryError("there is no query; write one such as: from latest.model_scores")
    if len(statements) > 1:
        raise QueryError(f"there are {len(statements)} statements; ask one at a time")
    try:
        _Walk(connection).over(statements, frozenset())
    except RecursionError:
        raise QueryError(_TOO_DEEP) from None


def _check_text(sql: str) -> None:
    if len(sql) > MOST_CHARACTERS:
        raise QueryError(
            f"the query has {len(sql):,} characters; at most {MOST_CHARACTERS:,} are allowed"
        )
    require_text(sql)


def _parse(sql: str, connection: duckdb.DuckDBPyConnection) -> list[Any]:
    serialize = "select json_serialize_sql(?::varchar, skip_null := true, skip_empty := true)"
    try:
        answer = connection.execute(serialize, [sql]).fetchone()
        parsed: dict[str, Any] = json.loads(answer[0]) if answer else {"error": True}
    except duckdb.Error as error:
        raise QueryError(first_line(error)) from None
    except RecursionError:
        raise QueryError(_TOO_DEEP) from None
    if not parsed["error"]:
        return list(parsed["statements"])
    if parsed.get("error_type") == "not implemented":
        raise QueryError(f"that statement is not allowed; {_ALLOWED}")
    raise QueryError(first_line(parsed.get("error_message", "the query cannot be read")))


def first_line(error: object) -> str:
    """Return what the database says was wrong, in one line, without its drawing of the query."""
    said = " ".join(str(error).split("\n\n")[0].split("\nLINE ")[0].split())
    if "Max expression depth" in said:
        return _TOO_DEEP
    return re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", said)[:500]


class _Walk:
    """A walk over the tree of a query, which raises at the first part that is not allowed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.tables = allowed.tables(connection)
        self.functions = allowed.functions(connection)

    def over(self, part: Any, named: Names) -> None:
        """Check a part and all below it; ``named`` are the CTEs that it can see."""
        if isinstance(part, list):
            for item in part:
                self.over(item, named)
        elif isinstance(part, dict):
            named = self._with_ctes(part, named)
            self._kind(part, named)
            for key, below in part.items():
                # A recursive CTE sees itself in its second half; before, its name means a table.
                itself = part.get("type") == "RECURSIVE_CTE_NODE" and key == "right"
                if key != "cte_map":
                    self.over(below, named | {_fold(part["cte_name"])} if itself else named)

    def _with_ctes(self, part: dict[str, Any], named: Names) -> Names:
        """Check a node's CTEs, each of which sees those before it, and add their names."""
        for entry in part.get("cte_map", {}).get("map", []):
            self.over(entry["value"], named)
            named |= {_fold(entry["key"])}
        return named

    def _kind(self, part: dict[str, Any], named: Names) -> None:
        kind, expression = part.get("type"), part.get("class")
        if expression is not None:
            if expression not in allowed.EXPRESSIONS:
                raise QueryError(
                    f"a query may not contain {_spoken(expression)}; write the value itself"
                )
            if expression in ("FUNCTION", "WINDOW"):
                self._function(part)
        elif isinstance(kind, str):
            if kind not in allowed.NODES:
                raise QueryError(f"{_spoken(kind)} is not allowed; {_ALLOWED}")
            if kind == "BASE_TABLE":
                self._table(_path(part), named)
            elif kind == "SHOW_REF":
                self._show(part)
            elif kind == "TABLE_FUNCTION":
                self._table_function(part)

    def _function(self, part: dict[str, Any]) -> None:
        path = _path(part)
        if len(path) != 1 or path[0] not in self.functions:
            raise QueryError(
                f"the function {'.'.join(path)[:80]!r} is not known here or not allowed; "
                "allowed are those that compute from their arguments alone"
            )

    def _table_function(self, part: dict[str, Any]) -> None:
        path = _path(part["function"])
        if len(path) != 1 or path[0] not in allowed.TABLE_FUNCTIONS:
            raise QueryError(
                f"a query may not read from {'.'.join(path)[:80]}(); allowed are the published "
                f"tables and {', '.join(sorted(allowed.TABLE_FUNCTIONS))}"
            )

    def _table(self, path: list[str], named: Names) -> None:
        if len(path) == 1 and path[0] in named:
            return
        schema, table = ["main", *path][-2:]
        if len(path) > 2 or (schema, table) not in self.tables:
            near = get_close_matches(table, sorted({t for _, t in self.tables}), n=1)
            raise QueryError(
                f"there is no published table {'.'.join(path)[:80]!r}"
                + (f"; did you mean {near[0]!r}?" if near else "; SHOW TABLES lists them")
            )

    def _show(self, part: dict[str, Any]) -> None:
        """DESCRIBE and SUMMARIZE have a query below them, which the walk comes to by itself."""
        kind, path = part.get("show_type"), _path(part)
        if kind in ("DESCRIBE", "SUMMARY") and "query" in part and not path:
            return
        if kind == "SHOW_SPECIAL" and path == ['"tables"']:
            return
        if kind == "SHOW_FROM" and path in (["main", ""], ["latest", ""]):
            return
        if kind == "SHOW":
            self._table(path, frozenset())
        else:
            raise QueryError(f"that SHOW is not allowed; {_ALLOWED}")


def _path(part: dict[str, Any]) -> list[str]:
    """Return the parts of a name as DuckDB compares them: ASCII letters in lower case."""
    return [_fold(name) for name in part.get("qualified_name", {}).get("path", [])]


def _fold(name: str) -> str:
    # Not str.lower, which takes a Kelvin sign for a k: DuckDB would then look for another name.
    return name.translate(_FOLD)


def _spoken(kind: str) -> str:
    return kind.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ").lower()
