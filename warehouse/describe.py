"""The database in words: every table with its key, every column with its comment, as Markdown."""

import duckdb

from warehouse import schema

_COLUMNS = """
select t.table_name, t.comment, c.column_name, lower(c.data_type), c.is_nullable, c.comment
from (
    select schema_name, table_name, comment, false as is_view
    from duckdb_tables() where not internal
    union all
    select schema_name, view_name, comment, true from duckdb_views() where not internal
) t
join duckdb_columns() c using (schema_name, table_name)
where schema_name = 'main'
order by t.is_view, t.table_name, c.column_index
"""


def markdown() -> str:
    """Return docs/schema.md: made from the SQL that creates the database, and nothing else."""
    with duckdb.connect(config=schema.OFFLINE) as connection:
        schema.create(connection)
        rows = connection.execute(_COLUMNS).fetchall()
    keys = schema.keys()
    lines = [
        "# The results database",
        "",
        "Made by `sing schema` from the comments in the database itself. Schema `main` has every",
        "run, `latest` the newest of each study. Angles are in degrees; what could not be computed",
        "is NULL. No two rows of a table have the same key; a NULL in it counts as a value.",
    ]
    table = None
    for name, what, column, kind, nullable, comment in rows:
        if name != table:
            table = name
            lines += [
                "",
                f"## {name}",
                "",
                what,
                "",
                f"Key: {', '.join(f'`{column}`' for column in keys[name])}."
                if name in keys
                else "A view, for people.",
                "",
                "| column | type | meaning |",
                "| --- | --- | --- |",
            ]
        null = "" if nullable else ", never NULL"
        lines.append(f"| `{column}` | {kind}{null} | {comment.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"
