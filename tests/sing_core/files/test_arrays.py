"""Every kind of file gives back the rows that were saved, as NumPy, torch or polars saved them."""

import struct
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from sing_core.files.array_formats import open_rows
from sing_core.files.arrays import ArrayFile, BadArrayError, parse


def npy(path, rows):
    np.save(path.with_suffix(".npy"), rows)
    return ArrayFile(path.with_suffix(".npy"))


def by_columns(path, rows):
    return npy(path, np.asfortranarray(rows))


def other_byte_order(path, rows):
    return npy(path, rows.astype(">f8"))


def npz(path, rows):
    np.savez(path.with_suffix(".npz"), rows)
    return ArrayFile(path.with_suffix(".npz"))


def npz_packed(path, rows):
    np.savez_compressed(path.with_suffix(".npz"), other=np.eye(2), mine=rows)
    return ArrayFile(path.with_suffix(".npz"), "mine")


def npz_by_columns(path, rows):
    np.savez(path.with_suffix(".npz"), mine=np.asfortranarray(rows))
    return ArrayFile(path.with_suffix(".npz"), "mine")


def safetensors(path, rows):
    save_file({"mine": rows, "other": np.eye(2)}, path.with_suffix(".safetensors"))
    return ArrayFile(path.with_suffix(".safetensors"), "mine")


def parquet_lists(path, rows):
    pl.DataFrame({"id": range(len(rows)), "feature": rows.tolist()}).write_parquet(
        path.with_suffix(".parquet"), row_group_size=100
    )
    return ArrayFile(path.with_suffix(".parquet"))


def parquet_arrays(path, rows):
    table = pl.DataFrame({"id": [f"{i}" for i in range(len(rows))], "mine": rows})
    assert table.schema["mine"] == pl.Array(pl.Float64, rows.shape[1])
    table.write_parquet(path.with_suffix(".parquet"), row_group_size=100)
    return ArrayFile(path.with_suffix(".parquet"), "mine")


KINDS = [
    npy, by_columns, other_byte_order, npz, npz_packed, npz_by_columns, safetensors,
    parquet_lists, parquet_arrays,
]  # fmt: skip


@pytest.mark.parametrize("save", KINDS)
@pytest.mark.parametrize("block_bytes", [1, 1000, 2**20])
def test_rows_come_back_in_order(tmp_path, rng, monkeypatch, save, block_bytes):
    monkeypatch.setattr("sing_core.files.array_formats._BLOCK_BYTES", block_bytes)
    rows = rng.normal(size=(333, 7))

    opened = open_rows(save(tmp_path / "rows", rows))

    assert (opened.n, opened.width) == (333, 7)
    np.testing.assert_array_equal(opened.all(), rows)
    np.testing.assert_array_equal(opened.all(), rows)  # and again
    if save in (parquet_lists, parquet_arrays):
        assert opened.ids == [str(i) for i in range(333)]
    else:
        assert opened.ids is None


def test_bfloat16_is_read(tmp_path):
    saved = torch.tensor([[0.1, -2.0], [3e38, 1e-30]], dtype=torch.bfloat16)
    save_torch({"x": saved}, tmp_path / "rows.safetensors")

    rows = open_rows(ArrayFile(tmp_path / "rows.safetensors")).all()

    np.testing.assert_array_equal(rows, saved.double().numpy())


@pytest.mark.parametrize("save", [npy, npz, npz_packed, safetensors])
def test_memory_does_not_go_with_the_file(tmp_path, monkeypatch, save):
    monkeypatch.setattr("sing_core.files.array_formats._BLOCK_BYTES", 2**20)
    file = save(tmp_path / "rows", np.zeros((100_000, 100), np.float32))  # 40 MB

    tracemalloc.start()
    n = sum(len(block) for block in open_rows(file).blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert n == 100_000
    assert peak < 5e6


def test_a_row_group_of_the_whole_file_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("sing_core.files.array_formats._BLOCK_BYTES", 2**20)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(10_000_000, np.float32)), 100)
    table = pa.table({"id": range(100_000), "feature": lists})
    pq.write_table(table, tmp_path / "rows.parquet", use_dictionary=False, compression="none")
    del lists, table

    before = pa.total_allocated_bytes()
    rows = open_rows(ArrayFile(tmp_path / "rows.parquet"))
    held = [pa.total_allocated_bytes() - before for _ in rows.blocks()]

    assert (tmp_path / "rows.parquet").stat().st_size > 40e6
    assert max(held) < 20e6


def test_a_name_stands_after_the_last_colon():
    assert parse("a.npz:x") == ("a.npz", "x")
    assert parse("a.npy") == ("a.npy", None)
    assert parse("odd:place/a.npz") == ("odd:place/a.npz", None)


BAD = {
    "no such array": "needs the name of one of its arrays after a colon: arr_0",
    "no pickles": "holds object; need floating-point",
    "a name for a .npy": "a .npy file holds one array and needs no name",
    "a broken zip": "cannot be read",
    "a nameless choice": "needs the name of one of its arrays after a colon: a, b",
    "a null in a list": "not 2 numbers",
    "a missing id": "column id .* with 1 missing",
    "no rows": "has 0 rows",
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_told(tmp_path, case):
    path = tmp_path / "rows.npz"
    name = None
    if case == "no such array":
        np.savez(path, np.eye(2))
        name = "weight"
    elif case == "no pickles":
        np.savez(path, np.array([[Path()]], dtype=object))
    elif case == "a name for a .npy":
        path = tmp_path / "rows.npy"
        np.save(path, np.eye(2))
        name = "weight"
    elif case == "a broken zip":
        path.write_bytes(b"PK\x03\x04")
    elif case == "a nameless choice":
        np.savez(path, a=np.eye(2), b=np.eye(2))
    else:
        path = tmp_path / "rows.parquet"
        columns = {
            "a null in a list": {"id": ["a", "b"], "feature": [[1.0, 2.0], [1.0, None]]},
            "a missing id": {"id": ["a", None], "feature": [[1.0, 2.0], [1.0, 2.0]]},
            "no rows": {"id": [], "feature": []},
        }[case]
        schema = {"id": pl.String, "feature": pl.List(pl.Float32)}
        pl.DataFrame(columns, schema=schema).write_parquet(path)

    with pytest.raises(BadArrayError, match=BAD[case]):
        open_rows(ArrayFile(path, name)).all()


def numpy_file(shape, content, *, by_columns=False):
    """A file in NumPy's format that says something of its own of what it holds."""
    header = BytesIO()
    about = {"descr": "<f4", "fortran_order": by_columns, "shape": shape}
    np.lib.format.write_array_header_1_0(header, about)
    return header.getvalue() + content


@pytest.mark.parametrize("end", [".npy", ".npz"])
@pytest.mark.parametrize("by_columns", [False, True])
@pytest.mark.parametrize("shape", [(10**12, 8), (2, 10**12), (2**62, 2**62), (3, 8), (-5, -8)])
def test_a_header_that_lies_costs_no_memory(tmp_path, shape, by_columns, end):
    path, content = tmp_path / f"rows{end}", numpy_file(shape, bytes(64), by_columns=by_columns)
    if end == ".npy":
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", content)

    with pytest.raises(
        BadArrayError, match=r"its header says .*, and 64 follow; save|has the shape \(-5"
    ):
        open_rows(ArrayFile(path))


def test_an_archive_that_says_too_much_of_itself_is_told(tmp_path):
    path = tmp_path / "rows.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", numpy_file((2**20, 4), bytes(64)))
    said = struct.pack("<I", 2**24 + 128)
    size = struct.pack("<I", len(numpy_file((2**20, 4), bytes(64))))
    path.write_bytes(path.read_bytes().replace(size, said))

    with pytest.raises(BadArrayError, match=r"rows.npz (cannot be read|ends before its)"):
        open_rows(ArrayFile(path)).all()


def test_an_encrypted_archive_is_told(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, np.eye(2))
    content = bytearray(path.read_bytes())
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    path.write_bytes(bytes(content))

    with pytest.raises(BadArrayError, match=r"rows.npz cannot be read: .*encrypted"):
        open_rows(ArrayFile(path))
