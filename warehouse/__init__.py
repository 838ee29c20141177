"""The stored results: Parquet as the record, a published DuckDB file built from it."""
