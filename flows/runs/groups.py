"""Groups of mutually exclusive texts: the classes, and those of the vocabulary."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flows.runs.extracted import ExtractedRun
from flows.study.vocabulary import CLASS_GROUP
from sing_core.geometry.angles import unit
from warehouse.stored.vectors import VectorFolder


@dataclass(frozen=True)
class Group:
    """Mutually exclusive texts, as rows of the texts of all groups.

    Attributes
    ----------
    values
        What the texts stand for: names of classes, or phrases.
    given
        Per image id its text's place in the group, where that is known; None
        where the space has to choose.
    """

    name: str
    values: list[str]
    rows: slice
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
    def _unit_texts(self) -> dict[str, np.ndarray]:
        return {
            group.name: unit(self.texts[group.rows]).astype(np.float32)
            for group in self.all
            if group.given is None
        }

    def own(self, ids: list[str]) -> list[np.ndarray]:
        """Per group, each image's own text's place in the group."""
        embeddings = self.embeddings.take(ids) if self._unit_texts else None
        own = []
        for group in self.all:
            if group.given is None:
                own.append((embeddings @ self._unit_texts[group.name].T).argmax(axis=1))
            else:
                own.append(np.array([group.given[i] for i in ids], dtype=np.int64))
        return own


def groups_of(run: ExtractedRun, *, use_labels: bool = True) -> Groups:
    """Return the classes and the vocabulary's groups of two texts or more.

    With ``use_labels`` false the space chooses for every group but the classes,
    as it does for pictures that nobody labeled.
    """
    texts, n = [run.class_texts], len(run.class_texts)
    groups = [Group(CLASS_GROUP, run.class_names, slice(0, n), run.class_of)]
    names = [group for group, _ in run.inputs.concepts]
    for name in dict.fromkeys(name for name in names if name is not None):
        rows = [i for i, other in enumerate(names) if other == name]
        if len(rows) > 1:
            phrases = [run.inputs.concepts[i][1] for i in rows]
            given = _given(run, name, phrases) if use_labels else None
            groups.append(Group(name, phrases, slice(n, n + len(rows)), given))
            texts.append(run.concept_texts[rows])
            n += len(rows)
    return Groups(groups, np.concatenate(texts), run.embeddings)


def _given(run: ExtractedRun, name: str, phrases: list[str]) -> dict[str, int] | None:
    """Places of the images' own texts, if every image is labeled with one of the phrases."""
    labels = run.labels
    labels = labels.filter(labels["concept_group"] == name)
    if len(labels) < len(run.images) or not set(labels["phrase"].unique()) <= set(phrases):
        return None
    place = {phrase: i for i, phrase in enumerate(phrases)}
    return {
        image_id: place[phrase]
        for image_id, phrase in labels.select("image_id", "phrase").iter_rows()
    }
