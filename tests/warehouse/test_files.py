import numpy as np
import pytest

from warehouse import parquet
from warehouse.digests import sha256
from warehouse.files import sweep, whole
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "a.txt"

    with whole(path) as draft:
        draft.write_text("half")
        assert not path.exists()
        draft.write_text("whole")

    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def fail():
        with whole(path) as draft:
            draft.write_text("half")
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        fail()

    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_leftovers_of_killed_processes_are_swept(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / ".a.parquet.123.unfinished").write_text("half")
    (tmp_path / "features" / "b.parquet").write_text("whole")

    sweep(tmp_path)

    assert [p.name for p in (tmp_path / "features").iterdir()] == ["b.parquet"]


def test_sha256_by_hand(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")

    assert sha256(tmp_path / "a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_vectors_are_read_back_bit_for_bit_and_by_id(tmp_path, rng):
    vectors = rng.normal(size=(10, 6)).astype(np.float32)
    ids = [f"i{n}" for n in range(10)]
    for name, part in (("b", slice(0, 4)), ("a", slice(4, 10)), ("c", slice(10, 10))):
        path = tmp_path / f"{name}.parquet"
        parquet.write_vectors(path, ids[part], vectors[part], {"recipe": name})

    folder = VectorFolder(tmp_path)
    wanted = ["i7", "i0", "i3", "i7"]

    assert folder.ids() == set(ids)
    np.testing.assert_array_equal(folder.take(wanted), vectors[[7, 0, 3, 7]])
    streamed = dict(pair for shard in folder.shards() for pair in zip(*shard, strict=True))
    np.testing.assert_array_equal([streamed[i] for i in ids], vectors)
    assert parquet.read_note(tmp_path / "b.parquet") == {"recipe": "b"}
    with pytest.raises(KeyError):
        folder.take(["i11"])


def test_other_programs_read_a_shard_as_a_fixed_size_list(tmp_path):
    import duckdb
    import polars as pl

    path = tmp_path / "a.parquet"
    parquet.write_vectors(path, ["x"], np.array([[1, 2, 3]], np.float32), {})

    assert pl.read_parquet(path).schema == {
        "image_id": pl.String,
        "feature": pl.Array(pl.Float32, 3),
    }
    assert duckdb.sql(f"select feature[2] from '{path}'").fetchall() == [(2.0,)]


def test_the_data_root_is_chosen_by_flag_then_environment_then_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SING_DATA", raising=False)
    assert DataRoot.choose(None).path == tmp_path / "data"
    monkeypatch.setenv("SING_DATA", str(tmp_path / "b"))
    assert DataRoot.choose(None).path == tmp_path / "b"
    assert DataRoot.choose(tmp_path / "c").path == tmp_path / "c"
