"""Which vectors are stored already: folders of shards, keyed by content, and what they answer for.

A folder belongs to one recipe (weights, preprocessing, code) over one list of
pictures. Another list of the same recipe is another folder, which takes over
from its siblings what it can.
"""

import json
import os
import shutil
from collections.abc import Container
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
from warehouse.remote import Place, Remote
from warehouse.stored import parquet

#: Raised when decoding or the features themselves change: stored ones are then not reused.
EXTRACTOR_VERSION = 1

#: Per image id, path and reason of a picture that could not be decoded.
Rejections = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Vectors:
    """A folder of shards that belong together: one recipe over one list of pictures.

    Attributes
    ----------
    beside
        Where this machine has folders of the same kind, of other lists and recipes.
    """

    folder: Place
    recipe: str
    beside: Path

    def siblings(self) -> list[Path]:
        """Folders from which shards may be taken over."""
        return sorted(folder for folder in self.beside.glob("*") if folder != self.folder)


def features_of(model: PreparedModel, manifest: Manifest, root: DataRoot) -> Vectors:
    """Where a model's features of these pictures are, or will be."""
    return _vectors("features", model.id, model, manifest, root)


def embeddings_of(study: Study, texts: Texts, manifest: Manifest, root: DataRoot) -> Vectors:
    """Where the space's embeddings of these pictures are, or will be."""
    return _vectors("embeddings", study.space.name, texts, manifest, root)


def _vectors(
    kind: str, name: str, maker: PreparedModel | Texts, manifest: Manifest, root: DataRoot
) -> Vectors:
    recipe = digest(
        [maker.weights_sha256, maker.forward, maker.preprocessing, EXTRACTOR_VERSION]
        + ([maker.precision] if maker.precision != "float32" else [])
    )
    folder = root.vectors(kind) / name / digest([recipe, manifest.digest])
    return Vectors(folder, recipe, root.path / kind / name)


def stored(vectors: Vectors, manifest: Manifest) -> tuple[set[str], Rejections]:
    """Ids that are stored, taking over what other lists of pictures have of the same recipe.

    A shard whose every picture is still wanted is linked, one of which some are
    is rewritten with those; nothing is extracted twice.
    """
    wanted = set(manifest.images["image_id"])
    covered: set[str] = set()
    rejections: Rejections = {}
    for shard in parquet.shards(vectors.folder):
        ids, refused = answers(shard, vectors, wanted) or ([], {})
        covered |= {*ids, *refused}
        rejections |= refused
    for sibling in vectors.siblings():
        for shard in parquet.shards(sibling):
            if covered >= wanted:
                return covered, rejections
            ids, refused = answers(shard, vectors, wanted - covered) or ([], {})
            there = {*ids, *refused}
            useful = (there & wanted) - covered
            if not useful:
                continue
            kept = {i: why for i, why in refused.items() if i in useful}
            if useful == there:
                link(shard, vectors.folder / shard.name)
            else:
                all_ids, rows = parquet.read_vectors(shard)
                keep = [n for n, i in enumerate(all_ids) if i in useful]
                write_shard(vectors, sorted(useful), [all_ids[n] for n in keep], rows[keep], kept)
            covered |= useful
            rejections |= kept
    return covered, rejections


def answers(
    shard: Place, vectors: Vectors, wanted: Container[str]
) -> tuple[list[str], Rejections] | None:
    """Ids that a shard has vectors of, and what it found broken; None if it has none of use.

    The vectors are read if any is wanted: what is damaged can still be made anew now.
    """
    try:
        ids, note = parquet.read_ids(shard)
        if note.get("recipe") != vectors.recipe:
            return None
        # What lies elsewhere is not read twice: it is checked when it is used.
        if isinstance(shard, Path) and any(one in wanted for one in ids):
            parquet.read_vectors(shard)
    except DamagedFileError as error:
        say(f"{error.args[0].split(';')[0]}; its pictures are extracted again")
        shard.unlink(missing_ok=True)
        return None
    rejected = {i: (path, why) for i, (path, why) in json.loads(note["rejected"]).items()}
    return ids, rejected


def shard_name(candidates: list[str]) -> str:
    """What the shard of some pictures is called."""
    return f"part-{text_digest(chr(10).join(candidates))[:16]}.parquet"


def link(source: Place, target: Place) -> None:
    """Have a file of another list of pictures here too."""
    if isinstance(target, Remote):
        target.create(source.read_bytes())
        return
    assert isinstance(source, Path)  # what is taken over lies on this machine
    with whole(target) as draft:
        try:
            os.link(source, draft)
        except OSError:  # on another disk, or one that knows no second names
            shutil.copyfile(source, draft)


def write_shard(
    vectors: Vectors, candidates: list[str], ids: list[str], rows: np.ndarray, rejected: Rejections
) -> str | None:
    """Write a shard named after the pictures it answers for, refused ones included.

    Returns
    -------
    str or None
        The file's SHA-256; None if it was there.
    """
    note = {"recipe": vectors.recipe, "rejected": json.dumps(rejected)}
    return parquet.write_vectors(vectors.folder / shard_name(candidates), ids, rows, note)
