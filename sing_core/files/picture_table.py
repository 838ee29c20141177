"""Pictures in the rows of a Parquet file, as Hugging Face's sets have them."""

import json
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sing_core.files.contents import CLASS_KEYS, ContainerError, Contents
from sing_core.files.images import RejectedImageError

#: What the pictures' column is called, where several could be it.
_PICTURE = ("image", "img", "picture", "jpg", "png", "bytes")

_HUGGING_FACE = b"huggingface"


class PictureTable:
    """A file of which one row group at a time is in memory."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        self._path, self._lock = path, threading.Lock()
        self._column = _picture_column(path, self._file.schema_arrow)
        groups = range(self._file.num_row_groups)
        self._counts = [self._file.metadata.row_group(group).num_rows for group in groups]
        self._held: tuple[int, Any] = (-1, None)

    def read(self, name: str) -> bytes:
        """Return the bytes of the picture in a row."""
        row, group = int(name), 0
        if row >= sum(self._counts):
            raise FileNotFoundError(2, "it is not in the file any more", f"{self._path}/{name}")
        while row >= self._counts[group]:
            row, group = row - self._counts[group], group + 1
        with self._lock:
            if self._held[0] != group:
                self._held = (-1, None)  # one at a time in memory
                (column,) = self._file.read_row_group(group, columns=[self._column]).columns
                self._held = group, column.combine_chunks()
            found = self._held[1][row].as_py()
        content = found.get("bytes") if isinstance(found, dict) else found
        if content is None:
            raise RejectedImageError("the row holds no bytes of a picture")
        return bytes(content)

    def contents(self) -> Contents:
        """List the rows, of which only the classes are read."""
        schema = self._file.schema_arrow
        label = next((name for name in CLASS_KEYS if name in schema.names), None)
        if label is None:
            raise ContainerError(
                f"{self._path} has no column that tells classes, but {', '.join(schema.names)}; "
                f"need one of {', '.join(CLASS_KEYS)}"
            )
        kind = schema.field(label).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_number = pa.types.is_integer(kind)
        if not is_number and not _is_text(kind):
            raise ContainerError(
                f"column {label} of {self._path} is {kind}; need text or whole numbers"
            )
        found = Contents(names=_names(schema.metadata or {}, label) if is_number else None)
        values = self._file.read(columns=[label]).column(label).to_pylist()
        for row, value in enumerate(values):
            # Of pictures whose class is not given away, Hugging Face says -1.
            text = "" if value is None else str(value).strip()
            if not text or (is_number and value < 0):
                found.odd.append((f"{row:08}", f"no class: {label} is {text or 'empty'}"))
            else:
                found.pictures.append((f"{row:08}", text))
        return found


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _picture_column(path: Path, schema: Any) -> str:
    def holds(kind: Any) -> bool:
        if pa.types.is_struct(kind):
            index = kind.get_field_index("bytes")
            return bool(index >= 0 and holds(kind.field(index).type))
        return bool(
            pa.types.is_binary(kind)
            or pa.types.is_large_binary(kind)
            or pa.types.is_binary_view(kind)
        )

    able = [column.name for column in schema if holds(column.type)]
    chosen = [name for name in _PICTURE if name in able][:1] or able
    if len(chosen) != 1:
        have = " and ".join(chosen) or "none"
        raise ContainerError(
            f"{path} has {have} for pictures; need one column of {{bytes, path}} or of bytes, best "
            f"called {_PICTURE[0]}, and it has {', '.join(schema.names)}"
        )
    name = chosen[0]
    return f"{name}.bytes" if pa.types.is_struct(schema.field(name).type) else name


def _names(metadata: dict[bytes, bytes], label: str) -> list[str] | None:
    """The classes' names, as Hugging Face writes them into the schema."""
    try:
        features = json.loads(metadata[_HUGGING_FACE])["info"]["features"]
        return [str(name) for name in features[label]["names"]]
    except (KeyError, ValueError, TypeError):
        return None
