"""Streams: each source's way from decoded slices to batches, and from vectors to shards."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from flows.extraction.decode import Decoded
from flows.extraction.forward import Forward
from flows.extraction.forward import Vectors as Promised
from flows.extraction.plan import Shard
from flows.features.sources import ExtractionError, Network, Source

#: Where a shard is, and its SHA-256; None if it was there.
Written = tuple[str, str | None]

#: Shards that may wait for the disk before the networks wait too.
_SHARDS_AHEAD = 4


@dataclass
class _Pending:
    """Pictures of one shard that wait for a forward pass, their pixels in parts."""

    ids: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    pixels: list[torch.Tensor] = field(default_factory=list)

    def cut(self, n: int) -> "tuple[_Pending, _Pending]":
        """The first n of them, and the rest."""
        if len(self.ids) <= n:
            return self, _Pending()
        pixels = torch.cat(self.pixels)
        first = _Pending(self.ids[:n], self.paths[:n], [pixels[:n]])
        return first, _Pending(self.ids[n:], self.paths[n:], [pixels[n:]])


class Stream:
    """Takes slices in, runs full batches through a network, and writes full shards.

    Batches are of one shard, so that a shard's vectors do not depend on what is before it.

    Parameters
    ----------
    geometry
        Its place among those that pictures are decoded for.
    write
        Called with what writes a shard.
    """

    def __init__(
        self,
        source: Source,
        network: Network,
        geometry: int,
        batch_size: int,
        write: Callable[[Callable[[], Written]], None],
    ) -> None:
        self.geometry, self.batch_size = geometry, batch_size
        self._source, self._network, self._write = source, network, write
        self._shards: deque[tuple[Shard, set[int]]] = deque()
        self._pending = _Pending()
        self._found: dict[str, np.ndarray] = {}
        self._under_way: deque[Callable[[], None]] = deque()

    def begin(self, shard: Shard, missing: Iterable[int]) -> None:
        """Expect the pictures of a shard, after those that are expected already."""
        self._shards.append((shard, set(missing)))
        self._begin_next()

    def take(self, decoded: Decoded, pixels: torch.Tensor | None, forward: Forward) -> None:
        """Take a slice in, which is of one shard.

        Parameters
        ----------
        pixels
            Those of its pictures that this geometry was wanted of and that were not refused.
        """
        if not self._shards:
            return
        shard, missing = self._shards[0]
        place, rows = 0, []
        for n, asked in enumerate(decoded.asked):
            if asked.row in missing:
                missing.remove(asked.row)
                if n in decoded.refused:
                    shard.rejected[asked.image_id] = (asked.path, decoded.refused[n])
                else:
                    rows.append(place)
                    self._pending.ids.append(asked.image_id)
                    self._pending.paths.append(asked.path)
            place += bool(asked.wanted >> self.geometry & 1 and n not in decoded.refused)
        if rows:
            assert pixels is not None
            self._pending.pixels.append(pixels if len(rows) == len(pixels) else pixels[rows])
        while len(self._pending.ids) >= self.batch_size or (self._pending.ids and not missing):
            batch, self._pending = self._pending.cut(self.batch_size)
            self._submit(batch, forward)
        self._begin_next()

    def collect(self, at_most: int) -> None:
        """Take in what the network gave, until so many batches are under way."""
        while len(self._under_way) > at_most:
            self._under_way.popleft()()

    def _begin_next(self) -> None:
        """End the shards that need no more pictures."""
        while self._shards and not self._shards[0][1]:
            shard, _ = self._shards.popleft()
            self._under_way.append(partial(self._end, shard))

    def _submit(self, batch: "_Pending", forward: Forward) -> None:
        promised = forward.submit(self._network, torch.cat(batch.pixels))
        batch.pixels.clear()
        self._under_way.append(partial(self._arrived, batch, promised))

    def _arrived(self, batch: _Pending, promised: Promised) -> None:
        vectors = promised()
        bad = ~np.isfinite(vectors).all(axis=1)
        if bad.any():
            raise ExtractionError(
                f"{self._source.name} gives features that are not finite (first: "
                f"{batch.paths[int(bad.argmax())]}); check its weights and preprocessing"
            )
        self._found.update(zip(batch.ids, vectors, strict=True))

    def _end(self, shard: Shard) -> None:
        found, self._found = self._found, {}
        self._write(lambda: shard.complete(self._source.vectors, found, self._network.width))


class Writer:
    """Writes shards in a thread of its own; what goes wrong there is raised here."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Written]] = deque()
        self._written: dict[str, str] = {}

    def __call__(self, write: Callable[[], Written]) -> None:
        """Have a shard written; wait where many are."""
        self._waiting.append(self._pool.submit(write))
        self._wait(_SHARDS_AHEAD)

    def take(self) -> dict[str, str]:
        """What was written since this was asked last: where it is, and its SHA-256."""
        taken, self._written = self._written, {}
        return taken

    def finish(self) -> None:
        """Wait until all is written."""
        self._wait(0)

    def _wait(self, at_most: int) -> None:
        while len(self._waiting) > at_most:
            where, sha256 = self._waiting.popleft().result()
            if sha256 is not None:
                self._written[where] = sha256

    def close(self) -> None:
        """Write no more than what was begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)
