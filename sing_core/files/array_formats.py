"""Arrays in files: rows of features, embeddings or texts that somebody else's network made.

A file is read in blocks of rows, so that its size is no matter of memory.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors import SafetensorError, safe_open

from sing_core.files.arrays import ArrayFile, BadArrayError, Rows

#: Bytes of a block of rows: large enough to read fast, small beside any model.
_BLOCK_BYTES = 8 * 2**20


#: A row group may be the whole file. By default it is read at once (432 MB for one of 400 MB);
#: so it is read a page at a time (42 MB).
_PIECEWISE: dict[str, Any] = {"buffer_size": 2**20, "pre_buffer": False}


#: Types that safetensors calls so.
_FLOATS = ("F16", "BF16", "F32", "F64")


def open_rows(file: ArrayFile) -> Rows:
    """Open an array of at least one row.

    Raises
    ------
    BadArrayError
        If there is no such array, or it is not one of floating-point rows.
    """
    try:
        rows = _OPENERS[file.path.suffix](file)
    except _UNREADABLE as error:
        raise _broken(file, error) from error
    if not rows.n or not rows.width:
        raise BadArrayError(
            f"{file} has {rows.n} rows of {rows.width} values; need at least one of each"
        )
    return Rows(rows.n, rows.width, rows.ids, lambda: _told(file, rows.blocks()))


def _told(file: ArrayFile, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    try:
        yield from blocks
    except _UNREADABLE as error:
        raise _broken(file, error) from error


def _broken(file: ArrayFile, error: Exception) -> BadArrayError:
    if isinstance(error, BadArrayError):
        return error
    return BadArrayError(f"{file} cannot be read: {' '.join(str(error).split())[:200]}")


def _npy(file: ArrayFile) -> Rows:
    if file.name is not None:
        raise BadArrayError(f"{file}: a .npy file holds one array and needs no name for it")
    n_bytes = file.path.stat().st_size
    return _numpy_rows(file, n_bytes, lambda: file.path.open("rb"), lambda: np.load(file.path, "r"))


def _npz(file: ArrayFile) -> Rows:
    with zipfile.ZipFile(file.path) as archive:
        sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.filelist}
    name = _choose(file, list(sizes))

    def whole() -> np.ndarray:
        with np.load(file.path) as archive:
            return np.asarray(archive[name])

    def start() -> BufferedIOBase:
        return cast(BufferedIOBase, zipfile.ZipFile(file.path).open(f"{name}.npy"))

    return _numpy_rows(file, sizes[name], start, whole)


def _choose(file: ArrayFile, names: list[str]) -> str:
    if file.name in names:
        return file.name
    if file.name is None and len(names) == 1:
        return names[0]
    have = ", ".join(names[:12]) or "none"
    raise BadArrayError(f"{file} needs the name of one of its arrays after a colon: {have}")


def _numpy_rows(
    file: ArrayFile,
    n_bytes: int,
    start: Callable[[], BufferedIOBase],
    whole: Callable[[], np.ndarray],
) -> Rows:
    """Rows of an array in NumPy's format, read from its stream of so many bytes."""
    with start() as stream:
        shape, by_columns, dtype = _header(stream)
        left = n_bytes - stream.tell()
    _require_floats(file, str(dtype), dtype.kind == "f")
    n, width = _two(file, shape)
    # Before memory is taken for what a header only says.
    if (said := n * width * dtype.itemsize) > left:
        raise BadArrayError(
            f"{file} ends before its {n} rows do: its header says {said:,} bytes, and {left:,} "
            "follow; save it again"
        )
    size = max(1, _BLOCK_BYTES // max(1, width * dtype.itemsize))

    def blocks() -> Iterator[np.ndarray]:
        if by_columns:  # as a transposed array is saved; its rows are no stretch of bytes
            array = whole()
            yield from (array[first : first + size] for first in range(0, n, size))
            return
        with start() as stream:
            _header(stream)
            for first in range(0, n, size):
                wanted = min(size, n - first) * width * dtype.itemsize
                content = stream.read(wanted)
                if len(content) < wanted:
                    raise BadArrayError(f"{file} ends before its {n} rows do; save it again")
                yield np.frombuffer(content, dtype).reshape(-1, width)

    return Rows(n, width, None, blocks)


def _header(stream: BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"NumPy's format version {version} is not for arrays of numbers")
    return read(stream)


def _safetensors(file: ArrayFile) -> Rows:
    # Through torch, because NumPy has no bfloat16.
    with safe_open(file.path, framework="pt") as tensors:
        name = _choose(file, list(tensors.keys()))
        about = tensors.get_slice(name)
        dtype, (n, width) = about.get_dtype(), _two(file, tuple(about.get_shape()))
    _require_floats(file, dtype, dtype in _FLOATS)
    size = max(1, _BLOCK_BYTES // max(1, width * 4))

    def blocks() -> Iterator[np.ndarray]:
        with safe_open(file.path, framework="pt") as tensors:
            rows = tensors.get_slice(name)
            for first in range(0, n, size):
                block = rows[first : first + size]
                yield (block.float() if block.dtype == torch.bfloat16 else block).numpy()

    return Rows(n, width, None, blocks)


def _parquet(file: ArrayFile) -> Rows:
    column = file.name or "feature"
    with pq.ParquetFile(file.path, **_PIECEWISE) as table:
        schema, n = table.schema_arrow, table.metadata.num_rows
        lacking = [name for name in ("id", column) if name not in schema.names]
        if lacking:
            raise BadArrayError(
                f"{file} has no column {' and no column '.join(lacking)}; need id and {column} "
                f"(name another as FILE:COLUMN), got {', '.join(schema.names[:12])}"
            )
        kind = schema.field(column).type
        of_lists = (pa.types.is_fixed_size_list, pa.types.is_list, pa.types.is_large_list)
        if not any(is_kind(kind) for is_kind in of_lists):
            raise BadArrayError(f"column {column} of {file} is {kind}; need lists of floats")
        _require_floats(file, str(kind.value_type), pa.types.is_floating(kind.value_type))
        ids = _ids(file, table.read(columns=["id"]).column(0))
        first = next(table.iter_batches(batch_size=1, columns=[column]), None)
    width = 0 if first is None else len(first.column(0)[0].values or ())
    size = max(1, _BLOCK_BYTES // max(1, width * 4))

    def blocks() -> Iterator[np.ndarray]:
        with pq.ParquetFile(file.path, **_PIECEWISE) as table:
            for batch in table.iter_batches(batch_size=size, columns=[column]):
                lists = batch.column(0)
                values = lists.flatten()
                lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
                if lists.null_count or values.null_count or (lengths != width).any():
                    raise BadArrayError(
                        f"column {column} of {file} has rows that are not {width} numbers as the "
                        "first row is; need as many in every row"
                    )
                yield values.to_numpy(zero_copy_only=False).reshape(-1, width)

    return Rows(n, width, ids, blocks)


def _ids(file: ArrayFile, column: pa.ChunkedArray) -> list[str]:
    if not (_is_text(column.type) or pa.types.is_integer(column.type)) or column.null_count:
        raise BadArrayError(
            f"column id of {file} is {column.type} with {column.null_count} missing; need a text "
            "or a whole number in every row"
        )
    ids: list[str] = column.cast(pa.string()).to_pylist()
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        repeated = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
        raise BadArrayError(f"{file} has the id {repeated!r} more than once; need one row an id")
    return ids


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(is_text or pa.types.is_string_view(kind))


def _require_floats(file: ArrayFile, dtype: str, is_float: bool) -> None:
    if not is_float:
        raise BadArrayError(f"{file} holds {dtype}; need floating-point numbers")


def _two(file: ArrayFile, shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 0:
        raise BadArrayError(
            f"{file} has the shape {tuple(shape)}; need two dimensions, rows and values"
        )
    return shape[0], shape[1]


#: Who reads it, by the file name's end: one for each of SUFFIXES.
_OPENERS: dict[str, Callable[[ArrayFile], Rows]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".parquet": _parquet,
}


_UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError,
    SafetensorError, pa.ArrowException, MemoryError, OverflowError,
)  # fmt: skip
