import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from warehouse import parquet, schema


def test_undefined_numbers_become_null_and_columns_must_fit():
    fields = schema.arrow_schemas()["image_scores"]
    columns = {f.name: 1.0 if pa.types.is_floating(f.type) else "x" for f in fields}
    columns |= {"class_index": 0, "as_deg": np.array([np.nan, np.inf, 2.0])}

    assert parquet.table("image_scores", columns)["as_deg"].to_pylist() == [None, None, 2.0]
    with pytest.raises(ValueError, match=r"unknown columns \['more'\] and lack \['is_deg'\]"):
        parquet.table(
            "image_scores", {k: v for k, v in columns.items() if k != "is_deg"} | {"more": 1}
        )
    with pytest.raises(ValueError, match="different lengths"):
        parquet.table("image_scores", columns | {"is_deg": [1.0]})


def test_other_programs_read_a_shard_as_a_fixed_size_list(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_vectors(path, ["x"], np.array([[1, 2, 3]], np.float32), {})

    assert pl.read_parquet(path).schema == {
        "image_id": pl.String,
        "feature": pl.Array(pl.Float32, 3),
    }
    assert duckdb.sql(f"select feature[2] from '{path}'").fetchall() == [(2.0,)]
