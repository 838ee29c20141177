import numpy as np
import pytest

from warehouse.stored import parquet
from warehouse.stored.vectors import VectorFolder


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
    assert parquet.read_ids(tmp_path / "b.parquet") == (ids[:4], {"recipe": "b"})
    with pytest.raises(KeyError):
        folder.take(["i11"])
