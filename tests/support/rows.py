"""Rows of the results database, as many and as filled as a test asks for."""


def add(database, table, given):
    """Insert rows, filling in whatever is not given."""
    fill = {"varchar": "x", "integer": 0, "bigint": 0, "double": 1.0, "float": 1.0, "boolean": True}
    columns = database.execute(
        "select column_name, lower(data_type) from duckdb_columns() "
        "where table_name = ? and schema_name = 'main' and not is_generated",
        [table],
    ).fetchall()
    usual = {n: "r" if n == "run_id" else "m" if n == "model" else fill.get(t) for n, t in columns}
    if table == "runs":
        usual["started_at"] = "2026-01-01"
    values = usual | given
    n = max((len(v) for v in values.values() if isinstance(v, list)), default=1)
    for i in range(n):
        row = [v[i] if isinstance(v, list) else v for v in values.values()]
        places = ", ".join("?" for _ in row)
        database.execute(f"insert into {table} ({', '.join(values)}) values ({places})", row)
