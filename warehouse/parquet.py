"""Writing tables and vectors to Parquet, whole or not at all."""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.files import whole
from warehouse.schema import arrow_schemas

_OPTIONS: dict[str, Any] = {"compression": "zstd", "compression_level": 1}

#: LZ4 takes a third off sparse features and nothing off others, but every analysis reads them
#: again, at twice the rate of zstd. Floats gain nothing from a dictionary and read slower with one.
_OF_VECTORS: dict[str, Any] = {"compression": "lz4", "use_dictionary": False}


def table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Build rows of a table from columns; a scalar is repeated, NaN and infinity become NULL.

    Raises
    ------
    ValueError
        If columns are missing, unknown or of different lengths.
    """
    schema = arrow_schemas()[name]
    unknown, missing = set(columns) - set(schema.names), set(schema.names) - set(columns)
    if unknown or missing:
        raise ValueError(
            f"rows for table {name} have unknown columns {sorted(unknown)} and lack "
            f"{sorted(missing)}"
        )
    lengths = {len(column) for column in columns.values() if not _is_scalar(column)}
    if len(lengths) > 1:
        raise ValueError(f"columns for table {name} have different lengths: {sorted(lengths)}")
    length = lengths.pop() if lengths else 1
    arrays = []
    for field in schema:
        column = columns[field.name]
        if _is_scalar(column):
            arrays.append(pa.repeat(pa.scalar(_finite(column), field.type), length))
            continue
        values = column if isinstance(column, pa.Array) else pa.array(column, from_pandas=True)
        if pa.types.is_floating(values.type):
            finite = np.isfinite(values.to_numpy(zero_copy_only=False))
            values = pa.array(values.to_numpy(zero_copy_only=False), mask=~finite)
        arrays.append(values.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def rows_table(name: str, rows: list[dict[str, Any]], **shared: Any) -> pa.Table:
    """Build a table from rows of the same keys and from what all of them share."""
    return table(name, {key: [row[key] for row in rows] for key in rows[0]} | shared)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_scalar(column: Any) -> bool:
    return column is None or isinstance(column, str) or not hasattr(column, "__len__")


def write(path: Path, rows: pa.Table) -> None:
    """Write one Parquet file."""
    with whole(path) as draft:
        pq.write_table(rows, draft, **_OPTIONS)


def read_row(path: Path) -> dict[str, Any]:
    """Read a table's file of one row."""
    with _whole_or_damaged(path):
        (row,) = pq.read_table(path).to_pylist()
    return dict(row)


@contextmanager
def streaming(path: Path, name: str) -> Iterator[pq.ParquetWriter]:
    """Write one table's Parquet file in pieces; the file appears when all are in."""
    with whole(path) as draft, pq.ParquetWriter(draft, arrow_schemas()[name], **_OPTIONS) as writer:
        yield writer


def write_vectors(path: Path, ids: list[str], vectors: np.ndarray, note: Mapping[str, str]) -> None:
    """Write a shard of vectors: ``image_id`` and ``feature``, a fixed-size list of float32.

    ``note`` goes into the file's own metadata, so that it is stored in the same
    instant as the vectors.
    """
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    rows = pa.table({"image_id": pa.array(ids, pa.string()), "feature": lists})
    with whole(path) as draft:
        pq.write_table(
            rows.replace_schema_metadata(dict(note)),
            draft,
            row_group_size=max(1, len(ids)),
            **_OF_VECTORS,
        )


class DamagedFileError(RuntimeError):
    """A stored file that cannot be read back."""


@contextmanager
def _whole_or_damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise DamagedFileError(
            f"{path} is damaged ({' '.join(str(error).split())[:120]}); remove it and run the same "
            "command again, which makes it anew"
        ) from error


def read_vectors(path: Path) -> tuple[list[str], np.ndarray]:
    """Read a shard written by :func:`write_vectors`: ids, and vectors as (n, d) float32.

    Raises
    ------
    DamagedFileError
        If it is not what was written.
    """
    with _whole_or_damaged(path):
        rows = pq.read_table(path).combine_chunks()
    lists = rows.column(1)
    width = lists.type.list_size
    flat = (
        lists.chunk(0).flatten().to_numpy(zero_copy_only=False)
        if lists.num_chunks
        else np.empty(0, dtype=np.float32)
    )
    return rows.column(0).to_pylist(), flat.reshape(-1, width)


def read_note(path: Path) -> dict[str, str]:
    """Read the note that :func:`write_vectors` put into a shard."""
    with _whole_or_damaged(path):
        metadata = pq.read_schema(path).metadata or {}
    return {
        key.decode(): value.decode()
        for key, value in metadata.items()
        if not key.startswith(b"ARROW:")
    }


def read_ids(path: Path) -> list[str]:
    """Read only the ids of a shard."""
    with _whole_or_damaged(path):
        return list(pq.read_table(path, columns=["image_id"]).column(0).to_pylist())


def shards(folder: Path) -> Iterable[Path]:
    """List the shards of a folder of vectors, in a fixed order."""
    return sorted(folder.glob("*.parquet"))
