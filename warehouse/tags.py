"""Tags that people put on pictures: one small file in the data root, beside the results."""

import csv
import fcntl
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from warehouse.files import whole
from warehouse.layout import DataRoot

#: Its columns.
COLUMNS = ("tag", "image_id", "path")


class NotHereError(RuntimeError):
    """Tags of results that are read from elsewhere: they belong to where these were made."""

    exit_code = 2


def file_of(root: DataRoot) -> Path:
    """Where the tags are."""
    return root.path / "tags.csv"


def read(root: DataRoot) -> list[dict[str, str]]:
    """Return all tags, ``tag, image_id, path`` each, sorted."""
    return _rows(file_of(root))


def tag(root: DataRoot, image_id: str, path: str, tags: Sequence[str]) -> None:
    """Give a picture these tags and no others; whoever else writes at once waits.

    Raises
    ------
    NotHereError
        If the results are a copy of what is published elsewhere.
    """
    if root.is_copy:
        raise NotHereError("tags are kept in the data root; these results are read from elsewhere")
    with _alone(root):
        rows = [row for row in read(root) if row["image_id"] != image_id]
        wanted = {" ".join(one.split()) for one in tags} - {""}
        rows += [{"tag": one, "image_id": image_id, "path": path} for one in wanted]
        rows.sort(key=lambda row: (row["tag"], row["path"], row["image_id"]))
        with whole(file_of(root)) as draft:
            draft.write_text(as_csv(rows), encoding="utf-8", newline="")


def as_csv(rows: Sequence[dict[str, str]]) -> str:
    """Write tags as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [{name: row[name] or "" for name in COLUMNS} for row in csv.DictReader(lines)]


@contextmanager
def _alone(root: DataRoot) -> Iterator[None]:
    root.path.mkdir(parents=True, exist_ok=True)
    with (root.path / "tags.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
