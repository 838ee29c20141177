"""What the workers of a cluster have: the same versions as here, the pictures, the store, a GPU."""

import platform
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flows.engines.engine import Engine
from flows.study.study import Study
from sing_core.files.containers import folder_of
from warehouse.layout import DataRoot
from warehouse.remote import Place, Remote

#: What must be the same for shards to be the same.
_COMPARED = ("python", "sing", "torch", "timm", "open_clip")

_PACKAGES = {"sing": "sing-null-space", "torch": "torch", "timm": "timm",
             "open_clip": "open_clip_torch"}  # fmt: skip


def compare_workers(study: Study, root: DataRoot, engine: Engine) -> list[dict[str, Any]]:
    """One row a worker, after one of this machine: what it has, and what is wrong with it.

    ``problem`` is None where a run can rely on it.
    """
    files = [*_files(study)]
    shards = root.vectors("features")
    here = look(files, shards)
    rows = [{"worker": "this machine", **here, "problem": here["unseen"] or here["store"]}]
    with _mark(shards) as mark:
        everywhere = engine.everywhere(partial(look, [*files, *mark], shards))
    for name, found in everywhere.items():
        if isinstance(found, Exception):
            nothing = dict.fromkeys(here)
            problem: str | None = f"does not answer: {type(found).__name__}: {found}"
            rows.append({"worker": name, **nothing, "problem": problem})
            continue
        other = [
            f"{what} {found[what]}, here {here[what]}"
            for what in _COMPARED
            if found[what] != here[what]
        ]
        wrong = [*other, *filter(None, (found["unseen"], found["store"]))]
        rows.append({"worker": name, **found, "problem": "; ".join(wrong) or None})
    return [{key: row[key] for key in row if key not in ("unseen", "store")} for row in rows]


@contextmanager
def _mark(folder: Place) -> Iterator[list[Path]]:
    """A file of this machine where shards go, which others see if it is one place for all."""
    if isinstance(folder, Remote):
        yield []
        return
    mark = folder / f"seen-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_bytes(b"")
    except OSError:  # which is told already
        yield []
        return
    try:
        yield [mark]
    finally:
        mark.unlink(missing_ok=True)


def look(files: Sequence[Path], shards: Place) -> dict[str, Any]:
    """What there is where this is carried out."""
    from sing_core.machine.cores import n_cores
    from sing_core.machine.device import name_of_device

    unseen = [str(path) for path in files if not path.exists()]
    return {
        "host": socket.gethostname(),
        "gpu": name_of_device(),
        "cores": n_cores(),
        "python": platform.python_version(),
        **{name: _version(package) for name, package in _PACKAGES.items()},
        "unseen": f"does not see {', '.join(unseen)}" if unseen else None,
        "store": _tried(shards),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _tried(shards: Place) -> str | None:
    """Write, read and remove a file where shards go; what is wrong with that."""
    place = shards / f"probe-{secrets.token_hex(4)}"
    try:
        if isinstance(place, Remote):
            place.create(b"sing")
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"sing")
        came = place.read_bytes()
        place.unlink()
    except OSError as error:
        return f"cannot write to {shards}: {error}"
    return None if came == b"sing" else f"{shards} gives back what was not written"


def _files(study: Study) -> set[Path]:
    """Files and folders of a study that workers read."""
    files = {model.checkpoint for model in study.models} | {study.space.checkpoint}
    files |= {study.space.folder, *(model.folder for model in study.models)}
    root = study.images.root
    if root is not None:
        files.add(folder_of(root))
    return {path for path in files if path is not None}
