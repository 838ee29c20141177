"""Which vectors are stored already: folders of shards, keyed by content, and what they answer for.

A folder belongs to one recipe (weights, preprocessing, code) over one list of
pictures. Another list of the same recipe is another folder, which takes over
from its siblings what it can.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.features.prepared_model import PreparedModel
from flows.features.texts import Texts
from flows.pictures.manifest import Manifest
from flows.study.study import Study
from flows.terminal.progress import say
from warehouse.digests import digest, text_digest
from warehouse.files import DamagedFileError, whole
from warehouse.layout import DataRoot
from warehouse.stored import parquet

#: Raised when decoding or the features themselves change: stored ones are then not reused.
EXTRACTOR_VERSION = 1

#: Per image id, path and reason of a picture that could not be decoded.
Rejections = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Vectors:
    """A folder of shards that belong together: one recipe over one list of pictures."""

    folder: Path
    recipe: str


def features_of(model: PreparedModel, manifest: Manifest, root: DataRoot) -> Vectors:
    """Where a model's features of these pictures are, or will be."""
    return _vectors(root.features / model.id, model, manifest)


def embeddings_of(study: Study, texts: Texts, manifest: Manifest, root: DataRoot) -> Vectors:
    """Where the space's embeddings of these pictures are, or will be."""
    return _vectors(root.embeddings / study.space.name, texts, manifest)


def _vectors(parent: Path, maker: PreparedModel | Texts, manifest: Manifest) -> Vectors:
    recipe = digest([maker.weights_sha256, maker.forward, maker.preprocessing, EXTRACTOR_VERSION])
    return Vectors(parent / digest([recipe, manifest.digest]), recipe)


def stored(vectors: Vectors, manifest: Manifest) -> tuple[set[str], Rejections]:
    """Ids that are stored, taking over what other lists of pictures have of the same recipe.

    A shard whose every picture is still wanted is linked, one of which some are
    is rewritten with those; nothing is extracted twice.
    """
    wanted = set(manifest.images["image_id"])
    covered: set[str] = set()
    rejections: Rejections = {}
    for shard in parquet.shards(vectors.folder):
        ids, refused = _answers(shard, vectors, wanted)
        covered |= ids | refused.keys()
        rejections |= refused
    siblings = [folder for folder in vectors.folder.parent.glob("*") if folder != vectors.folder]
    for sibling in sorted(siblings):
        for shard in parquet.shards(sibling):
            if covered >= wanted:
                return covered, rejections
            ids, refused = _answers(shard, vectors, wanted - covered)
            there = ids | refused.keys()
            useful = (there & wanted) - covered
            if not useful:
                continue
            kept = {i: why for i, why in refused.items() if i in useful}
            if useful == there:
                _link(shard, vectors.folder / shard.name)
            else:
                all_ids, rows = parquet.read_vectors(shard)
                keep = [n for n, i in enumerate(all_ids) if i in useful]
                write_shard(vectors, sorted(useful), [all_ids[n] for n in keep], rows[keep], kept)
            covered |= useful
            rejections |= kept
    return covered, rejections


def _answers(shard: Path, vectors: Vectors, lacking: set[str]) -> tuple[set[str], Rejections]:
    """Which pictures a shard has vectors of, and which it found broken; none of another recipe.

    The vectors are read if any is lacking: what is damaged can still be made anew now.
    """
    try:
        ids, note = parquet.read_ids(shard)
        if note.get("recipe") != vectors.recipe:
            return set(), {}
        if not lacking.isdisjoint(ids):
            parquet.read_vectors(shard)
    except DamagedFileError as error:
        say(f"{error.args[0].split(';')[0]}; its pictures are extracted again")
        shard.unlink(missing_ok=True)
        return set(), {}
    rejected = {i: (path, why) for i, (path, why) in json.loads(note["rejected"]).items()}
    return set(ids), rejected


def _link(source: Path, target: Path) -> None:
    with whole(target) as draft:
        os.link(source, draft)


def write_shard(
    vectors: Vectors, candidates: list[str], ids: list[str], rows: np.ndarray, rejected: Rejections
) -> None:
    """Write a shard named after the pictures it answers for, refused ones included."""
    name = text_digest("\n".join(candidates))[:16]
    note = {"recipe": vectors.recipe, "rejected": json.dumps(rejected)}
    parquet.write_vectors(vectors.folder / f"part-{name}.parquet", ids, rows, note)
