"""Score each group of mutually exclusive texts: the classes, and every group of the vocabulary."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.groups import Groups, groups_of
from flows.runs.sample import sample_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.angles import rows_at_once
from sing_core.geometry.subspaces import RandomSubspace, Subspace
from sing_core.scores.effects import effect_shares
from sing_core.scores.margins import MarginScorer, MarginSums
from sing_core.scores.shares import ShareScorer
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.jackknife import BLOCKS

#: Blocks of images that margins are controlled on: a random subspace's margin varies little with
#: the images, and need not cost as much as the null space's.
_CONTROL_BLOCKS = 2

#: Pictures that effects are fitted on, at most, evenly over the classes: their features are held.
_FITTED = 20_000


def score_groups(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Score every group of one model and store its tables."""
    scored = group_rows(run, model, groups_of(run), advance)
    model.write_rows("group_value_scores", scored.values)
    model.write_rows("group_scores", scored.groups)


@dataclass(frozen=True)
class ScoredGroups:
    """Rows of both tables, without run and model."""

    groups: list[dict[str, Any]]
    values: list[dict[str, Any]]


def group_rows(
    run: ExtractedRun, model: StoredModel, groups: Groups, advance: Advance
) -> ScoredGroups:
    """Score the groups of one model, in one pass over its features."""
    rng = np.random.default_rng(run.study.analysis.seed)
    spaces, mean = model.spaces, model.mean
    null, elsewhere = (
        MarginScorer(part, model.translator, mean, groups.texts)
        for part in (
            Subspace.null_of(spaces),
            RandomSubspace.draw(len(mean), spaces.null_dim, rng),
        )
    )
    sums = [ValueSums(len(group.values), len(mean)) for group in groups.all]
    chosen, kept = set(sample_of(run, _FITTED).ids), _Kept([], [], [])
    margins, controls = ([MarginSums(len(group.values)) for group in groups.all] for _ in range(2))
    for ids, x in model.features.shards(run.class_of, rows_at_once(3 * len(groups.texts))):
        block, own = _blocks(ids), groups.own(ids)
        exact = x.astype(np.float64)
        for some, value in zip(sums, own, strict=True):
            some.add(exact, value, block)
        _add(margins, null, groups, x, own, block)
        kept.add(x, own, block, np.array([i in chosen for i in ids], dtype=bool))
        some_rows = block < _CONTROL_BLOCKS
        own_rows = [value[some_rows] for value in own]
        _add(controls, elsewhere, groups, x[some_rows], own_rows, block[some_rows])
        advance(len(ids))
    shares = ShareScorer(spaces, model.translator).score(
        [(some, groups.texts[group.rows]) for group, some in zip(groups.all, sums, strict=True)]
    )
    sizes = [len(group.values) for group in groups.all]
    effects = effect_shares(*kept.all(), sizes, spaces, model.translator)
    scored = ScoredGroups([], [])
    for group, some, margin, control, (of_group, of_values), effect in zip(
        groups.all, sums, margins, controls, shares, effects, strict=True
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
                **effect,
            }
        )
        columns = {"value": group.values, **margin.by_value(), **of_values}
        for i, n in enumerate(some.count.sum(axis=0)):
            if n:
                row = {name: column[i] for name, column in columns.items()}
                scored.values.append({"concept_group": group.name, "value_index": i, **row})
    return scored


@dataclass(frozen=True)
class _Kept:
    """Features of the images that effects are fitted on, with their values and blocks."""

    features: list[np.ndarray]
    own: list[np.ndarray]
    block: list[np.ndarray]

    def add(
        self, features: np.ndarray, own: list[np.ndarray], block: np.ndarray, rows: np.ndarray
    ) -> None:
        """Keep some rows of a batch."""
        self.features.append(features[rows].astype(np.float32))
        self.own.append(np.stack(own)[:, rows])
        self.block.append(block[rows])

    def all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features, values by group, and blocks."""
        own = np.concatenate(self.own, axis=1)
        return np.concatenate(self.features), own, np.concatenate(self.block)


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
        whole, without_null, without_principal = (part[:, group.rows] for part in angles)
        some.add(whole, without_null, without_principal, value, block)


def _blocks(ids: list[str]) -> np.ndarray:
    """Deal images into blocks by their id alone."""
    return np.array([hashlib.sha256(i.encode()).digest()[0] % BLOCKS for i in ids], dtype=np.int64)


SCORE_GROUPS = Analysis(
    name="scoring groups",
    leaves=("group_value_scores", "group_scores"),
    needs=("models", "translators", "model_scores"),
    carry_out=score_groups,
)
