"""Score each group of mutually exclusive texts: the classes, and every group of the vocabulary."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from sing_core.angles import unit
from sing_core.group_scores import (
    BLOCKS,
    MarginScorer,
    MarginSums,
    ShareScorer,
    ValueSums,
)
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: The group that the study's classes make.
CLASS_GROUP = "class"


@dataclass(frozen=True)
class Group:
    """Mutually exclusive texts, as rows of all texts (classes first, then concepts).

    Attributes
    ----------
    given
        Per image id its text's place in the group, where that is known; None
        where the space has to choose.
    """

    name: str
    rows: np.ndarray
    given: dict[str, int] | None

    @property
    def labels(self) -> str:
        """How images get their text."""
        return "zero-shot" if self.given is None else "given"


@dataclass(frozen=True)
class Groups:
    """All groups of a run, and which text of each is an image's own."""

    all: list[Group]
    texts: np.ndarray
    embeddings: VectorFolder

    @cached_property
    def _unit_texts(self) -> np.ndarray:
        return unit(self.texts)

    def own(self, ids: list[str]) -> list[np.ndarray]:
        """Per group, each image's own text's place in the group."""
        alike = None
        if any(group.given is None for group in self.all):
            alike = self.embeddings.take(ids).astype(np.float64) @ self._unit_texts.T
        own = []
        for group in self.all:
            if group.given is None:
                assert alike is not None
                own.append(alike[:, group.rows].argmax(axis=1))
            else:
                own.append(np.array([group.given[i] for i in ids], dtype=np.int64))
        return own


def find_groups(inputs: Inputs, root: DataRoot, *, use_labels: bool = True) -> Groups:
    """Return the classes and the vocabulary's groups of two texts or more.

    With ``use_labels`` false the space chooses for every group but the classes,
    as it does for pictures that nobody labeled.
    """
    class_texts, concept_texts = inputs.texts.arrays()
    images = inputs.images
    groups = [
        Group(
            CLASS_GROUP,
            np.arange(len(class_texts)),
            dict(zip(images["image_id"], images["class_index"], strict=True)),
        )
    ]
    names = [group for group, _ in inputs.concepts]
    for name in dict.fromkeys(name for name in names if name is not None):
        rows = np.array([i for i, other in enumerate(names) if other == name])
        if len(rows) > 1:
            phrases = [inputs.concepts[i][1] for i in rows]
            given = _given(inputs, name, phrases) if use_labels else None
            groups.append(Group(name, len(class_texts) + rows, given))
    embeddings = VectorFolder(inputs.embeddings(root).folder)
    return Groups(groups, np.concatenate([class_texts, concept_texts]), embeddings)


def _given(inputs: Inputs, name: str, phrases: list[str]) -> dict[str, int] | None:
    """Places of the images' own texts, if every image is labeled with one of the phrases."""
    labels = inputs.labels
    labels = labels.filter(labels["concept_group"] == name)
    if len(labels) < len(inputs.images) or not set(labels["phrase"].unique()) <= set(phrases):
        return None
    place = {phrase: i for i, phrase in enumerate(phrases)}
    return {
        image_id: place[phrase]
        for image_id, phrase in labels.select("image_id", "phrase").iter_rows()
    }


def score_groups(inputs: Inputs, head: Head, run_id: str, root: DataRoot) -> None:
    """Score every group of one model and store the table; at once if done before."""
    table = root.table(run_id, "group_scores", head.about.model)
    if table.exists():
        return
    rows = group_rows(inputs, head, find_groups(inputs, root), run_id, root)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    parquet.write(
        table,
        parquet.table("group_scores", {"run_id": run_id, "model": head.about.model, **columns}),
    )


def group_rows(
    inputs: Inputs, head: Head, groups: Groups, run_id: str, root: DataRoot
) -> list[dict[str, str | int | float]]:
    """Return one row a group, without run and model.

    Two passes over the stored features: the first for the mean feature, about
    which the second takes them apart.
    """
    model = head.about.model
    features = VectorFolder(inputs.features(head, root).folder)
    wanted = set(inputs.images["image_id"])
    spaces, translator = (
        head.decompose(inputs.study.null_space),
        load_translator(run_id, model, root),
    )
    sums = [ValueSums(len(group.rows), head.about.n_features) for group in groups.all]
    margins = [MarginSums() for _ in groups.all]
    with progress(f"scoring groups of {model}", 2 * len(wanted), "pictures") as advance:
        for ids, x in features.shards(wanted):
            block = _blocks(ids)
            for some, own in zip(sums, groups.own(ids), strict=True):
                some.add(x, own, block)
            advance(len(ids))
        scorer = MarginScorer(spaces, translator, sums[0].mean(), groups.texts)
        for ids, x in features.shards(wanted):
            angles = scorer.angles_deg(x)
            for group, some, own in zip(groups.all, margins, groups.own(ids), strict=True):
                some.add(*(part[:, group.rows] for part in angles), own)
            advance(len(ids))
    shares = ShareScorer(spaces, translator, inputs.study.analysis.seed)
    return [
        {
            "concept_group": group.name,
            "n_values": len(group.rows),
            "labels": group.labels,
            **margin.result(),
            **shares.score(some, groups.texts[group.rows]),
        }
        for group, some, margin in zip(groups.all, sums, margins, strict=True)
    ]


def _blocks(ids: list[str]) -> np.ndarray:
    """Deal images into blocks by their id alone."""
    return np.array([hashlib.sha256(i.encode()).digest()[0] % BLOCKS for i in ids], dtype=np.int64)
