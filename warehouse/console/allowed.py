"""What a visitor's query may be made of: tables, functions, and parts of a sentence of SQL."""

import duckdb

#: Functions that a query may read from: they make rows of their arguments.
TABLE_FUNCTIONS = frozenset(("range", "generate_series", "unnest"))

#: Functions of the parser, which are in no catalog, and clocks and dice, which DuckDB calls
#: inconsistent: their answers say nothing of the machine.
_HARMLESS = frozenset(
    (
        "unnest", "now", "today", "current_date", "current_localtime", "current_localtimestamp",
        "get_current_time", "get_current_timestamp", "random", "uuid", "gen_random_uuid",
    )
)  # fmt: skip

#: Consistent by the catalog, and yet: the first binds a query that it is given as text, past this
#: gate; the others take and make such texts, read an index by its name, or tell of the engine.
_REFUSED = frozenset(
    (
        "json_serialize_plan", "json_serialize_sql", "json_deserialize_sql", "index_key",
        "parse_duckdb_log_message", "version", "current_catalog",
    )
)  # fmt: skip

#: Scalar functions that depend on their arguments alone, aggregates, window functions, and macros
#: made of expressions; not those that read a setting, write a log, draw from a sequence or wait.
_FUNCTIONS = """
select lower(function_name) from duckdb_functions()
where database_name = 'system' and schema_name = 'main'
    and function_type in ('scalar', 'aggregate', 'window', 'macro')
group by lower(function_name)
having bool_and(
    case function_type
        when 'scalar' then stability = 'CONSISTENT'
        when 'macro' then macro_definition not ilike '%select%'
        else true
    end
)
"""

_TABLES = """
select schema_name, table_name from duckdb_tables() where not internal and not temporary
union all
select schema_name, view_name from duckdb_views() where not internal and not temporary
"""

#: Kinds of tree node other than expressions: queries, what they read from, how they order.
NODES = frozenset(
    (
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
        "BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT",
        "SHOW_REF", "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER",
        "DISTINCT_MODIFIER", "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    )
)  # fmt: skip

#: Kinds of expression; not parameters, which nobody fills in.
EXPRESSIONS = frozenset(
    (
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION",
        "CONSTANT", "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR",
        "SUBQUERY", "TYPE", "WINDOW",
    )
)  # fmt: skip


def tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Schema and name of every published table and view."""
    return {(schema, table) for schema, table in connection.execute(_TABLES).fetchall()}


def functions(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the functions that tell of nothing but their arguments."""
    consistent = {name for (name,) in connection.execute(_FUNCTIONS).fetchall()}
    return (consistent | _HARMLESS) - _REFUSED
