import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from tests.support.bits import flipped_everywhere
from warehouse import schema
from warehouse.files import DamagedFileError
from warehouse.stored import parquet


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


def test_no_flipped_bit_of_a_shard_is_read_as_another_number(tmp_path, rng):
    path = tmp_path / "a.parquet"
    vectors = rng.normal(size=(5, 6)).astype(np.float32)
    parquet.write_vectors(path, list("abcde"), vectors, {"recipe": "r", "rejected": "{}"})
    told, n_bytes = 0, path.stat().st_size

    for _ in flipped_everywhere(path):
        try:
            ids, found = parquet.read_vectors(path)
            same, note = parquet.read_ids(path)
        except DamagedFileError as error:
            assert "a.parquet" in str(error)
            told += 1
            continue
        assert ids == same == list("abcde")
        assert note.items() >= {"recipe": "r", "rejected": "{}"}.items()
        np.testing.assert_array_equal(found, vectors)

    assert told > 0.5 * n_bytes


def test_a_shard_of_an_earlier_version_has_no_digests(tmp_path):
    path = tmp_path / "a.parquet"
    lists = pa.FixedSizeListArray.from_arrays(pa.array([1, 2], pa.float32()), 2)
    rows = pa.table({"image_id": ["x"], "feature": lists}).replace_schema_metadata({"recipe": "r"})
    pa.parquet.write_table(rows, path)

    assert parquet.read_ids(path) == (["x"], {"recipe": "r"})
    assert parquet.read_vectors(path)[1].tolist() == [[1, 2]]


def test_a_shard_that_is_gone_is_told(tmp_path):
    with pytest.raises(DamagedFileError, match=r"a\.parquet is missing; `sing run STUDY --verify`"):
        parquet.read_vectors(tmp_path / "a.parquet")
