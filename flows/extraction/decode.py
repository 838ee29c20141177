"""Slices of pictures, decoded once each into the pixels of every geometry that lacks them.

This is what worker processes import: it must load nothing that they do not need.
"""

import hashlib
import multiprocessing
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from flows.pictures.read_picture import read_picture
from sing_core.files.contents import ContainerError
from sing_core.files.images import RejectedImageError
from sing_core.files.images import decode as decode_picture
from sing_core.networks.geometry import Geometry
from warehouse.remote import StoreError

_CHANGED = "changed while the run was reading pictures"
_AGAIN = "run the study again"


class Asked(NamedTuple):
    """A picture to decode: its row in the manifest, what it is, and for which geometries.

    ``wanted`` has the n-th bit set for the n-th geometry.
    """

    row: int
    image_id: str
    path: str
    sha256: str
    wanted: int


@dataclass
class Decoded:
    """A slice of pictures as pixels.

    Attributes
    ----------
    pixels
        A geometry each: of the pictures that want it and were not refused, in
        order, (n, h, w, c) uint8; None where there are none.
    refused
        By place in ``asked``, why a picture is none.
    error
        What ends the run, in a sentence.
    """

    asked: Sequence[Asked]
    pixels: list[torch.Tensor | None]
    refused: dict[int, str] = field(default_factory=dict)
    error: str | None = None

    def pin_memory(self) -> "Decoded":
        """Move the pixels where a GPU copies from at full speed; a DataLoader asks for it."""
        self.pixels = [None if one is None else one.pin_memory() for one in self.pixels]
        return self


class Decoder:
    """Decodes slices, in this process or in another.

    Parameters
    ----------
    root
        The folder that the paths are relative to.
    geometries
        What is done to each picture; distinct ones.
    reading
        One row a worker: its process id, and the row of the picture that it is at.
    """

    def __init__(
        self, root: Path, geometries: Sequence[Geometry], reading: torch.Tensor | None = None
    ) -> None:
        self.root, self.geometries, self.reading = root, geometries, reading

    def __call__(self, asked: Sequence[Asked]) -> Decoded:
        """Read, check and decode pictures."""
        found: list[list[np.ndarray]] = [[] for _ in self.geometries]
        refused: dict[int, str] = {}
        for n, one in enumerate(asked):
            self._note(one.row)
            try:
                content = read_picture(self.root, one.path)
            except StoreError as error:
                return _ended(asked, str(error))
            except (OSError, ContainerError, RejectedImageError) as error:
                why = getattr(error, "strerror", None) or error
                return _ended(asked, f"{one.path} {_CHANGED} ({why}); {_AGAIN}")
            if hashlib.sha256(content).hexdigest() != one.sha256:
                return _ended(asked, f"{one.path} {_CHANGED}; {_AGAIN}")
            try:
                image = decode_picture(content)
            except RejectedImageError as error:
                refused[n] = str(error)
                continue
            except MemoryError:
                return _ended(asked, f"there is not enough memory to decode {one.path}; free some")
            for place, geometry in enumerate(self.geometries):
                if one.wanted >> place & 1:
                    found[place].append(geometry.pixels(image))
        self._note(-1)
        pixels = [torch.from_numpy(np.stack(arrays)) if arrays else None for arrays in found]
        return Decoded(asked, pixels, refused)

    #: What a DataLoader calls a worker's dataset by.
    __getitems__ = __call__

    def _note(self, row: int) -> None:
        worker = torch.utils.data.get_worker_info()
        if self.reading is not None and worker is not None:
            self.reading[worker.id, 1] = row


def _ended(asked: Sequence[Asked], sentence: str) -> Decoded:
    return Decoded(asked, [], error=sentence)


def as_it_is(found: Any) -> Any:
    """What a DataLoader makes of a slice: nothing else."""
    return found


def begun(worker: int) -> None:
    """Begin as a worker process: say which it is, and end when the process that it works for does.

    torch's own watch looks at the process that forked this one, which lives as long as this.
    """
    decoder: Any = torch.utils.data.get_worker_info().dataset  # type: ignore[union-attr]
    decoder.reading[worker, 0] = os.getpid()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # in a worker
    parent.join()
    os._exit(1)
