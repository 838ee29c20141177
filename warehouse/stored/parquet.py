"""Tables and vectors in Parquet; shards of vectors carry digests of what is in them."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.digests import text_digest
from warehouse.files import MADE_ANEW, DamagedFileError, compared, create, is_compared
from warehouse.remote import Place, Remote, StoreError
from warehouse.schema import arrow_schemas

_OPTIONS: dict[str, Any] = {"compression": "zstd", "compression_level": 1}

#: LZ4 takes a third off sparse features and nothing off others, but every analysis reads them
#: again, at twice the rate of zstd. Floats gain nothing from a dictionary and read slower with one.
_OF_VECTORS: dict[str, Any] = {"compression": "lz4", "use_dictionary": False}

#: Digests in a shard's metadata. Shards of earlier versions have none.
_IDS, _VECTORS = "ids_sha256", "vectors_sha256"


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
    """Build a table from rows of the same keys and from what all of them share; or of no rows."""
    if not rows:
        return arrow_schemas()[name].empty_table()
    return table(name, {key: [row[key] for row in rows] for key in rows[0]} | shared)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_scalar(column: Any) -> bool:
    return column is None or isinstance(column, str) or not hasattr(column, "__len__")


def write(path: Path, rows: pa.Table) -> None:
    """Write one Parquet file."""
    pq.write_table(rows, path, **_OPTIONS)


@contextmanager
def writer(path: Path, name: str) -> Iterator[pq.ParquetWriter]:
    """Write one table's Parquet file in pieces."""
    with pq.ParquetWriter(path, arrow_schemas()[name], **_OPTIONS) as opened:
        yield opened


def write_vectors(
    place: Place, ids: list[str], vectors: np.ndarray, note: Mapping[str, str]
) -> str | None:
    """Write a shard of vectors: ``image_id`` and ``feature``, a fixed-size list of float32.

    ``note`` goes into the file's own metadata, so that it is stored in the same
    instant as the vectors; so do digests of ids and note, and of the vectors. A
    shard that is there stays as it is: of several that write one, the first wins.

    Returns
    -------
    str or None
        The file's SHA-256; None if it was there.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    rows = pa.table({"image_id": pa.array(ids, pa.string()), "feature": lists})
    digests = {_IDS: _digest_of_ids(ids, note), _VECTORS: _digest_of_vectors(vectors)}
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows.replace_schema_metadata({**note, **digests}),
        sink,
        row_group_size=max(1, len(ids)),
        write_page_checksum=True,
        **_OF_VECTORS,
    )
    content = sink.getvalue().to_pybytes()
    is_new = place.create(content) if isinstance(place, Remote) else create(place, content)
    return hashlib.sha256(content).hexdigest() if is_new else None


def read_vectors(place: Place) -> tuple[list[str], np.ndarray]:
    """Read a shard written by :func:`write_vectors`: ids, and vectors as (n, d) float32.

    Raises
    ------
    DamagedFileError
        If it is not what was written, or not there.
    """
    with damage(place):
        source = pa.BufferReader(place.read_bytes()) if isinstance(place, Remote) else place
        rows = pq.read_table(source, page_checksum_verification=True).combine_chunks()
        note = _note(rows.schema)
        ids, lists = rows.column("image_id").to_pylist(), rows.column("feature")
        flat = (
            lists.chunk(0).flatten().to_numpy(zero_copy_only=False)
            if lists.num_chunks
            else np.empty(0, dtype=np.float32)
        )
        vectors = flat.reshape(-1, lists.type.list_size)
        _require(ids, note)
        _require_vectors(place, vectors, note.get(_VECTORS))
    return ids, vectors


def read_ids(place: Place) -> tuple[list[str], dict[str, str]]:
    """Read the ids and the note of a shard, without its vectors.

    Raises
    ------
    DamagedFileError
        If they are not what was written.
    """
    with damage(place):
        source = pa.PythonFile(place.open(), "r") if isinstance(place, Remote) else place
        rows = pq.read_table(source, columns=["image_id"], page_checksum_verification=True)
        ids, note = rows.column("image_id").to_pylist(), _note(rows.schema)
        _require(ids, note)
    return ids, {name: text for name, text in note.items() if name not in (_IDS, _VECTORS)}


#: What comes of reading damaged bytes: other types, other names, other lengths.
_UNREADABLE = (
    pa.ArrowException, OSError, ValueError, TypeError, AttributeError, LookupError, MemoryError,
)  # fmt: skip


@contextmanager
def damage(path: Place) -> Iterator[None]:
    """Say of what cannot be read that it is damaged, and what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise DamagedFileError(f"{path} is missing; {MADE_ANEW}") from error
    except (PermissionError, StoreError):
        raise  # it may be whole
    except _UNREADABLE as error:
        why = " ".join(str(error).split())[:120]
        raise DamagedFileError(f"{path} is damaged ({why}); {MADE_ANEW}") from error


def _note(schema: pa.Schema) -> dict[str, str]:
    return {
        key.decode(): value.decode()
        for key, value in (schema.metadata or {}).items()
        if not key.startswith(b"ARROW:")
    }


def _require(ids: list[str], note: Mapping[str, str]) -> None:
    if note.get(_IDS, "") not in ("", _digest_of_ids(ids, note)):
        raise ValueError("its ids are not what was written")


def _require_vectors(place: Place, vectors: np.ndarray, expected: str | None) -> None:
    if expected is None or (isinstance(place, Path) and is_compared(place)):
        return
    if _digest_of_vectors(vectors) != expected:
        raise ValueError("its vectors are not what was written")
    if isinstance(place, Path):
        compared(place)


def _digest_of_ids(ids: list[str], note: Mapping[str, str]) -> str:
    said = sorted((name, text) for name, text in note.items() if name not in (_IDS, _VECTORS))
    return text_digest(json.dumps([ids, said]))


def _digest_of_vectors(vectors: np.ndarray) -> str:
    found = hashlib.sha256(f"{vectors.shape} ".encode())
    found.update(vectors.reshape(-1).view(np.uint8).data)
    return found.hexdigest()


def shards(folder: Place) -> list[Place]:
    """List the shards of a folder of vectors, in a fixed order."""
    if isinstance(folder, Remote):
        return [*folder.files(".parquet")]
    return sorted(folder.glob("*.parquet"))
