"""Streams: each source's way from decoded pictures to shards of vectors."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import torch

from flows.features.sources import ExtractionError, Network, Source
from flows.features.stored_vectors import Rejections, write_shard
from flows.pictures.manifest import Manifest
from sing_core.machine.device import device


@dataclass(frozen=True)
class Picture:
    """A decoded picture as each stream's input (None where it wants none), or why not."""

    image_id: str
    path: str
    inputs: list[torch.Tensor | None]
    reason: str | None


class Stream:
    """Takes pictures in, runs full batches through a network, and writes full shards.

    Parameters
    ----------
    missing
        Ids of the pictures that the source lacks, in the order in which they come.
    """

    def __init__(
        self,
        source: Source,
        network: Network,
        missing: list[str],
        manifest: Manifest,
        *,
        batch_size: int,
        shard_size: int,
    ) -> None:
        self.transform = network.transform
        self.wants = frozenset(missing)
        self._source, self._network, self._manifest = source, network, manifest
        self._batch_size, self._shard_size = batch_size, shard_size
        self._left = len(missing)
        self._begin()

    def _begin(self) -> None:
        self._candidates: list[str] = []
        self._rejected: Rejections = {}
        self._ids: list[str] = []
        self._batch: list[torch.Tensor] = []
        self._parts: list[np.ndarray] = []

    def take(self, picture: Picture, pixels: torch.Tensor | None) -> None:
        """Take a picture in, run a full batch, write a full shard."""
        if picture.image_id not in self.wants:
            return
        self._candidates.append(picture.image_id)
        self._left -= 1
        if picture.reason is not None:
            self._rejected[picture.image_id] = (picture.path, picture.reason)
        else:
            assert pixels is not None
            self._ids.append(picture.image_id)
            self._batch.append(pixels)
        full = len(self._candidates) == self._shard_size or self._left == 0
        if self._batch and (full or len(self._batch) == self._batch_size):
            self._run_batch()
        if full:
            self._write()
            self._begin()

    def _run_batch(self) -> None:
        batch = torch.stack(self._batch).to(device(), memory_format=torch.channels_last)
        vectors = self._network.forward(batch)
        bad = ~np.isfinite(vectors).all(axis=1)
        if bad.any():
            first = self._ids[len(self._ids) - len(self._batch) + int(bad.argmax())]
            path = self._manifest.images.row(by_predicate=pl.col("image_id") == first, named=True)
            raise ExtractionError(
                f"{self._source.name} gives features that are not finite (first: "
                f"{path['path']}); check its weights and preprocessing"
            )
        self._parts.append(vectors)
        self._batch = []

    def _write(self) -> None:
        # A shard of broken pictures only has no vectors; it still says which they are.
        nothing = np.empty((0, self._network.width), np.float32)
        rows = np.concatenate(self._parts) if self._parts else nothing
        write_shard(self._source.vectors, self._candidates, self._ids, rows, self._rejected)
