-- Every published table and column in words.
--
-- Grain: one row per column.
select c.table_name, t.comment as table_comment, c.column_name, lower(c.data_type) as data_type,
    c.comment
from duckdb_columns() c
join duckdb_tables() t using (schema_name, table_name)
where c.schema_name = 'main' and not c.internal
order by c.table_name, c.column_index
