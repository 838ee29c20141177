"""The functions that a visitor may use."""

import pytest

from warehouse.console import allowed


# Functions that read settings, variables, the environment, files or the state of the engine,
# that write, or that wait; in this version of DuckDB or in others.
@pytest.mark.parametrize(
    "name",
    [
        "current_setting", "getvariable", "getenv", "write_log", "nextval", "currval", "setval",
        "setseed", "sleep_ms", "pg_sleep", "stats", "error", "vector_type", "current_query",
        "current_query_id", "current_connection_id", "current_transaction_id", "txid_current",
        "current_database", "current_catalog", "current_schema", "current_schemas",
        "in_search_path", "json_serialize_plan", "json_serialize_sql", "json_deserialize_sql",
        "json_execute_serialized_sql", "index_key", "parse_duckdb_log_message", "version",
        "get_block_size", "pg_get_viewdef", "pg_get_constraintdef", "format_type", "read_text",
        "read_blob", "read_csv", "query", "query_table", "glob", "checkpoint", "duckdb_settings",
    ],
)  # fmt: skip
def test_functions_that_tell_of_more_than_their_arguments_are_refused(sandbox, name):
    assert name not in allowed.functions(sandbox)


def test_no_function_with_side_effects_is_allowed_but_dice(sandbox):
    volatile = sandbox.sql(
        "select function_name from duckdb_functions() where has_side_effects"
    ).fetchall()

    assert {name for (name,) in volatile} & allowed.functions(sandbox) == {
        "random", "uuid", "gen_random_uuid",
    }  # fmt: skip
