"""Score each group of mutually exclusive texts: the classes, and every group of the vocabulary."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from flows.decompose_heads import spaces_of
from flows.fit_translators import load_translator
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.score_pairs import mean_feature, rows_at_once
from flows.study_file import CLASS_GROUP
from sing_core.angles import unit
from sing_core.jackknife import BLOCKS
from sing_core.margins import MarginScorer, MarginSums
from sing_core.shares import ShareScorer, ValueSums
from sing_core.subspaces import RandomSubspace, Subspace
from warehouse import parquet
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: Blocks of images that margins are controlled on: a random subspace's margin varies little with
#: the images, and need not cost as much as the null space's.
_CONTROL_BLOCKS = 2


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


def find_groups(inputs: Inputs, root: DataRoot, *, use_labels: bool = True) -> Groups:
    """Return the classes and the vocabulary's groups of two texts or more.

    With ``use_labels`` false the space chooses for every group but the classes,
    as it does for pictures that nobody labeled.
    """
    class_texts, concept_texts = inputs.texts.arrays()
    images = inputs.images
    class_of = dict(zip(images["image_id"], images["class_index"], strict=True))
    texts, n = [class_texts], len(class_texts)
    groups = [Group(CLASS_GROUP, inputs.manifest.class_names, slice(0, n), class_of)]
    names = [group for group, _ in inputs.concepts]
    for name in dict.fromkeys(name for name in names if name is not None):
        rows = [i for i, other in enumerate(names) if other == name]
        if len(rows) > 1:
            phrases = [inputs.concepts[i][1] for i in rows]
            given = _given(inputs, name, phrases) if use_labels else None
            groups.append(Group(name, phrases, slice(n, n + len(rows)), given))
            texts.append(concept_texts[rows])
            n += len(rows)
    embeddings = VectorFolder(inputs.embeddings(root).folder)
    return Groups(groups, np.concatenate(texts), embeddings)


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


def score_groups(inputs: Inputs, head: Head, groups: Groups, run_id: str, root: DataRoot) -> None:
    """Score every group of one model and store its tables; at once if done before."""
    model = head.about.model
    last = root.table(run_id, "group_scores", model)
    if last.exists():
        return
    scored = group_rows(inputs, head, groups, run_id, root)
    for table, rows in (("group_value_scores", scored.values), ("group_scores", scored.groups)):
        parquet.write(
            root.table(run_id, table, model),
            parquet.rows_table(table, rows, run_id=run_id, model=model),
        )


@dataclass(frozen=True)
class ScoredGroups:
    """Rows of both tables, without run and model."""

    groups: list[dict[str, Any]]
    values: list[dict[str, Any]]


def group_rows(
    inputs: Inputs, head: Head, groups: Groups, run_id: str, root: DataRoot
) -> ScoredGroups:
    """Score the groups of one model, in one pass over its features."""
    model, seed = head.about.model, inputs.study.analysis.seed
    features = VectorFolder(inputs.features(head, root).folder)
    wanted, most = set(inputs.images["image_id"]), rows_at_once(3 * len(groups.texts))
    spaces, translator = (
        spaces_of(head, run_id, root),
        load_translator(run_id, model, root),
    )
    mean = mean_feature(run_id, model, root)
    null, elsewhere = (
        MarginScorer(part, translator, mean, groups.texts)
        for part in (
            Subspace.null_of(spaces),
            RandomSubspace.draw(len(mean), spaces.null_dim, np.random.default_rng(seed)),
        )
    )
    sums = [ValueSums(len(group.values), head.about.n_features) for group in groups.all]
    margins, controls = ([MarginSums(len(group.values)) for group in groups.all] for _ in range(2))
    with progress(f"scoring groups of {model}", len(wanted), "pictures") as advance:
        for ids, x in features.shards(wanted, most):
            block, own = _blocks(ids), groups.own(ids)
            exact = x.astype(np.float64)
            for some, value in zip(sums, own, strict=True):
                some.add(exact, value, block)
            _add(margins, null, groups, x, own, block)
            some = block < _CONTROL_BLOCKS
            _add(controls, elsewhere, groups, x[some], [v[some] for v in own], block[some])
            advance(len(ids))
    shares = ShareScorer(spaces, translator).score(
        [(some, groups.texts[group.rows]) for group, some in zip(groups.all, sums, strict=True)]
    )
    scored = ScoredGroups([], [])
    for group, some, margin, control, (of_group, of_values) in zip(
        groups.all, sums, margins, controls, shares, strict=True
    ):
        random = control.result()
        scored.groups.append(
            {
                "concept_group": group.name,
                "n_values": len(group.values),
                "labels": group.labels,
                **margin.result(),
                "control_lost_deg": random["margin_lost_deg"],
                "control_kept_deg": random["margin_kept_by_null_deg"],
                **of_group,
            }
        )
        columns = {"value": group.values, **margin.by_value(), **of_values}
        for i, n in enumerate(some.count.sum(axis=0)):
            if n:
                row = {name: column[i] for name, column in columns.items()}
                scored.values.append({"concept_group": group.name, "value_index": i, **row})
    return scored


def _add(
    margins: list[MarginSums],
    scorer: MarginScorer,
    groups: Groups,
    features: np.ndarray,
    own: list[np.ndarray],
    block: np.ndarray,
) -> None:
    angles = scorer.angles_deg(features)
    for group, some, value in zip(groups.all, margins, own, strict=True):
        some.add(*(part[:, group.rows] for part in angles), value, block)


def _blocks(ids: list[str]) -> np.ndarray:
    """Deal images into blocks by their id alone."""
    return np.array([hashlib.sha256(i.encode()).digest()[0] % BLOCKS for i in ids], dtype=np.int64)
