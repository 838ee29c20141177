"""Pictures, decoded once each, some ahead of their use, as the input of every network."""

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from flows.features.sources import ExtractionError
from flows.features.streams import Picture, Stream
from flows.pictures.manifest import Manifest
from sing_core.files.images import RejectedImageError, decode

_CHANGED = "changed while the run was reading pictures"
_AGAIN = "run the study again"


def decoded(manifest: Manifest, streams: list[Stream], ahead: int) -> Iterator[Picture]:
    """Decode the pictures that any stream wants, in the manifest's order.

    Raises
    ------
    ExtractionError
        If a file is gone, or is not the one that was listed.
    """
    wanted = frozenset().union(*(stream.wants for stream in streams))
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
            return Picture(image_id, path, [None] * len(streams), str(error))
        inputs = [
            stream.transform(image) if image_id in stream.wants else None for stream in streams
        ]
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
