"""Extract penultimate features and image embeddings, shard by shard.

Every picture is decoded once and given to every model that still lacks it and
to the space. Each of these *streams* writes its own shards, each whole or not
at all, so a killed run goes on where it stopped, and a new picture costs only
itself.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import torch

from flows.embed_texts import Texts, load_space
from flows.find_images import Manifest, check_rejected
from flows.prepare_models import Head, load_model
from flows.progress import progress, say
from flows.stored_vectors import (
    Rejections,
    Vectors,
    embeddings_of,
    features_of,
    stored,
    write_shard,
)
from flows.study import Study
from flows.take_arrays import take_rows
from sing_core.allocator import keep_freed_memory
from sing_core.backbones import device
from sing_core.images import RejectedImageError, decode
from warehouse.layout import DataRoot

#: Decoding runs ahead of the models by so many batches.
_BATCHES_AHEAD = 2


class ExtractionError(RuntimeError):
    """Features that cannot be stored."""


def extract_features(
    study: Study, manifest: Manifest, heads: list[Head], texts: Texts | None, root: DataRoot
) -> pl.DataFrame:
    """Complete every model's features of these pictures, and with ``texts`` the embeddings.

    Returns
    -------
    polars.DataFrame
        ``path, reason`` of pictures that turned out to be broken when decoded.

    Raises
    ------
    TooManyRejectedError
        If these, with those refused before, are more than the study allows.
    ExtractionError
        If a picture changed since it was listed, or features are not finite.
    """
    keep_freed_memory()  # here and in the steps after: matrices are as large as activations
    wanted = [features_of(head, manifest, root) for head in heads]
    if texts is not None:
        wanted.append(embeddings_of(study, texts, manifest, root))
    models = {model.id: model for model in study.models}
    arrays = [(models[head.about.model].features, head.about.forward) for head in heads]
    if texts is not None:
        arrays.append((study.space.embeddings, texts.forward))
    rejections: Rejections = {}
    missing = []
    for vectors, (array, proven) in zip(wanted, arrays, strict=True):
        there, known = stored(vectors, manifest)
        rejections |= known
        missing.append([i for i in manifest.images["image_id"] if i not in there])
        if array is not None and missing[-1]:
            size = study.analysis.shard_size
            take_rows(array, proven, vectors, missing[-1], manifest, size)
            missing[-1] = []
    _check(study, manifest, rejections)
    n_missing = len(set().union(*missing))
    n_kept = len(manifest.images) - n_missing
    if not n_missing:
        say(f"features of all {n_kept:,} {manifest.unit} are stored")
        return _table(rejections)
    streams = []
    for head, vectors, ids in zip(heads, wanted, missing, strict=False):
        if ids:
            backbone = load_model(models[head.about.model])
            _same_weights(head.about.model, head.about.weights_sha256, backbone.weights_sha256)
            streams.append(
                _Stream(
                    vectors, ids, study, backbone.transform, backbone.features, manifest,
                    backbone.n_features,
                )
            )  # fmt: skip
    if texts is not None and missing[-1]:
        space = load_space(study.space)
        _same_weights(study.space.name, texts.weights_sha256, space.weights_sha256)
        width = texts.arrays()[0].shape[1]
        streams.append(
            _Stream(
                wanted[-1], missing[-1], study, space.transform, space.features, manifest, width
            )
        )
    if n_kept:
        say(f"features of {n_kept:,} pictures are stored already, {n_missing:,} are missing")
    with progress(f"extracting {len(streams)} streams", n_missing, "pictures") as advance:
        for picture in _pictures(manifest, streams, ahead=_BATCHES_AHEAD * _batch_size(study)):
            if picture.reason is not None:
                rejections[picture.image_id] = (picture.path, picture.reason)
                _check(study, manifest, rejections)
            for stream, pixels in zip(streams, picture.inputs, strict=True):
                stream.take(picture, pixels)
            advance(1)
    return _table(rejections)


@dataclass(frozen=True)
class _Picture:
    """A decoded picture as each stream's input (None where the stream has it), or why not."""

    image_id: str
    path: str
    inputs: list[torch.Tensor | None]
    reason: str | None


@dataclass
class _Stream:
    """One model's, or the space's, way from pictures to shards."""

    vectors: Vectors
    missing: list[str]
    study: Study
    transform: Callable[[Any], torch.Tensor]
    forward: Callable[[torch.Tensor], np.ndarray]
    manifest: Manifest
    width: int
    wants: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.wants = frozenset(self.missing)
        self._left = len(self.missing)
        self._batch_size = _batch_size(self.study)
        self._begin()

    def _begin(self) -> None:
        self._candidates: list[str] = []
        self._rejected: Rejections = {}
        self._ids: list[str] = []
        self._batch: list[torch.Tensor] = []
        self._parts: list[np.ndarray] = []

    def take(self, picture: _Picture, pixels: torch.Tensor | None) -> None:
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
        full = len(self._candidates) == self.study.analysis.shard_size or self._left == 0
        if self._batch and (full or len(self._batch) == self._batch_size):
            self._run_batch()
        if full:
            self._write()
            self._begin()

    def _run_batch(self) -> None:
        batch = torch.stack(self._batch).to(device(), memory_format=torch.channels_last)
        vectors = self.forward(batch)
        bad = ~np.isfinite(vectors).all(axis=1)
        if bad.any():
            first = self._ids[len(self._ids) - len(self._batch) + int(bad.argmax())]
            path = self.manifest.images.row(by_predicate=pl.col("image_id") == first, named=True)
            raise ExtractionError(
                f"{self.vectors.folder.parent.name} gives features that are not finite (first: "
                f"{path['path']}); check its weights and preprocessing"
            )
        self._parts.append(vectors)
        self._batch = []

    def _write(self) -> None:
        # A shard of broken pictures only has no vectors; it still says which they are.
        nothing = np.empty((0, self.width), np.float32)
        rows = np.concatenate(self._parts) if self._parts else nothing
        write_shard(self.vectors, self._candidates, self._ids, rows, self._rejected)


def _same_weights(name: str, proven: str, loaded: str) -> None:
    if loaded != proven:
        raise ExtractionError(
            f"the weights of {name} are not those that were prepared: they changed while the run "
            "was going, or a hub's tag names other weights than it did; run the study again, "
            f"for a tag after removing its file from heads or texts in the data root"
        )


def _batch_size(study: Study) -> int:
    return study.analysis.batch_size or (64 if device().type == "cuda" else 8)


def _pictures(manifest: Manifest, streams: list[_Stream], ahead: int) -> Iterator[_Picture]:
    """Decode pictures once each, some ahead of their use, in the manifest's order."""
    wanted = frozenset().union(*(stream.wants for stream in streams))
    rows = manifest.images.select("image_id", "path", "sha256")

    def read(image_id: str, path: str, expected: str) -> _Picture:
        try:
            content = (manifest.root / path).read_bytes()
        except OSError as error:
            raise ExtractionError(f"{path} {_CHANGED} ({error.strerror}); {_AGAIN}") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise ExtractionError(f"{path} {_CHANGED}; {_AGAIN}")
        try:
            image = decode(content)
        except RejectedImageError as error:
            return _Picture(image_id, path, [None] * len(streams), str(error))
        inputs = [s.transform(image) if image_id in s.wants else None for s in streams]
        return _Picture(image_id, path, inputs, None)

    # Models use every core themselves; on a small machine more than one reader would only
    # take their time.
    with ThreadPoolExecutor(max_workers=max(1, min(8, (os.cpu_count() or 2) // 2))) as pool:
        waiting: deque[Future[_Picture]] = deque()
        for row in rows.iter_rows():
            if row[0] not in wanted:
                continue
            waiting.append(pool.submit(read, *row))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_CHANGED = "changed while the run was reading pictures"
_AGAIN = "run the study again"


def _check(study: Study, manifest: Manifest, rejections: Rejections) -> None:
    n_rejected = len(manifest.rejected) + len(rejections)
    first = next(iter([*rejections.values(), *manifest.rejected.rows()]), None)
    check_rejected(study, n_rejected, len(manifest.images) - len(rejections), first)


def _table(rejections: Rejections) -> pl.DataFrame:
    return pl.DataFrame(
        sorted(rejections.values()),
        schema={"path": pl.String, "reason": pl.String},
        orient="row",
    )
