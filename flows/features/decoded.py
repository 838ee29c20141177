"""Pictures, decoded once each, some ahead of their use, as the input of every network."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from flows.features.sources import ExtractionError
from flows.pictures.manifest import Manifest
from sing_core.files.images import RejectedImageError, decode

_CHANGED = "changed while the run was reading pictures"
_AGAIN = "run the study again"


@dataclass(frozen=True)
class Picture:
    """A decoded picture as each taker's input (None where it wants none), or why not."""

    image_id: str
    path: str
    inputs: list[torch.Tensor | None]
    reason: str | None


class Taker(Protocol):
    """Who takes pictures: which, and as what."""

    @property
    def wants(self) -> frozenset[str]:
        """Ids of the pictures that it takes."""

    @property
    def transform(self) -> Callable[[Any], torch.Tensor]:
        """From an RGB picture to its input."""


def decoded(manifest: Manifest, takers: Sequence[Taker], ahead: int) -> Iterator[Picture]:
    """Decode the pictures that any taker wants, in the manifest's order.

    Raises
    ------
    ExtractionError
        If a file is gone, or is not the one that was listed.
    """
    wanted = frozenset().union(*(taker.wants for taker in takers))
    rows = manifest.images.select("image_id", "path", "sha256")

    def read(image_id: str, path: str, expected: str) -> Picture:
        try:
            content = manifest.file(path).read_bytes()
        except OSError as error:
            raise ExtractionError(f"{path} {_CHANGED} ({error.strerror}); {_AGAIN}") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise ExtractionError(f"{path} {_CHANGED}; {_AGAIN}")
        try:
            image = decode(content)
        except RejectedImageError as error:
            return Picture(image_id, path, [None] * len(takers), str(error))
        inputs = [taker.transform(image) if image_id in taker.wants else None for taker in takers]
        return Picture(image_id, path, inputs, None)

    # Models use every core themselves; on a small machine more than one reader would only
    # take their time.
    with ThreadPoolExecutor(max_workers=max(1, min(8, (os.cpu_count() or 2) // 2))) as pool:
        waiting: deque[Future[Picture]] = deque()
        for row in rows.iter_rows():
            if row[0] not in wanted:
                continue
            waiting.append(pool.submit(read, *row))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
