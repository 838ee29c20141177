"""A model's features as readers see them: in views, with every group's values beside."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from flows.features.head_classes import head_class_names
from flows.runs.extracted import ExtractedRun
from flows.runs.groups import Groups, groups_of
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.cures import Head
from sing_core.geometry.moments import Moments

#: Parts of the pictures to fit on that a learning curve is made of, in quarters.
QUARTERS = (1, 2, 4)
WHOLE = max(QUARTERS)

#: Random subspaces of the null space's dimension that are read, as its control.
_DRAWS = 3


@dataclass(frozen=True)
class Some:
    """Some pictures: coordinates, in which the principal part comes first, and their values."""

    ids: list[str]
    coordinates: np.ndarray
    own: list[np.ndarray]


@dataclass(frozen=True)
class Readable:
    """One model's pictures and the groups that are read off them."""

    run: ExtractedRun
    model: StoredModel
    groups: Groups

    @classmethod
    def of(cls, run: ExtractedRun, model: StoredModel) -> "Readable":
        """With all groups of a run; the first are its classes."""
        return cls(run, model, groups_of(run))

    @cached_property
    def columns(self) -> list[slice]:
        """Which columns of the indicators are a group's values."""
        ends = np.cumsum([len(group.values) for group in self.groups.all])
        starts = [0, *ends[:-1]]
        return [slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]

    @cached_property
    def basis(self) -> np.ndarray:
        """Orthonormal (features × features): the principal space, and then the null space."""
        spaces = self.model.spaces
        return np.concatenate([spaces.principal, spaces.null], axis=1)

    @cached_property
    def views(self) -> dict[str, slice]:
        """Coordinates of each view."""
        m, rank = len(self.basis), self.model.spaces.rank
        return {"all": slice(0, m), "principal": slice(0, rank), "null": slice(rank, m)}

    @cached_property
    def random(self) -> list[np.ndarray]:
        """Bases of random subspaces (coordinates × null dimension)."""
        rng = np.random.default_rng(self.run.study.analysis.seed)
        size = len(self.basis), self.model.spaces.null_dim
        return [np.linalg.qr(rng.normal(size=size))[0] for _ in range(_DRAWS)]

    def seen(self, *parts: str) -> Iterator[Some]:
        """The pictures of some parts (train, validation, holdout), some at a time."""
        wanted = {one for one, part in self.run.parts.part.items() if part in parts}
        for ids, x in self.model.features.shards(wanted):
            if ids:
                z = (x.astype(np.float64) - self.model.mean) @ self.basis
                yield Some(ids, z, self.groups.own(ids))

    def indicators(self, some: Some) -> np.ndarray:
        """A column a value of every group: 1 where it is the picture's own."""
        found = np.zeros((len(some.ids), self.columns[-1].stop))
        for columns, value in zip(self.columns, some.own, strict=True):
            found[np.arange(len(found)), columns.start + value] = 1.0
        return found

    def moments(self, advance: Advance) -> dict[tuple[str, int], Moments]:
        """Moments of what is fitted on, in one pass.

        Returns
        -------
        dict
            By ``train`` (what readers are chosen by) or ``fit`` (that and the validation part),
            and by quarters.
        """
        size = len(self.basis), self.columns[-1].stop
        pieces = {
            (part, n): Moments(*size) for part in ("train", "validation") for n in range(WHOLE)
        }
        for some in self.seen("train", "validation"):
            part, quarter = self.run.parts.of_ids(some.ids), _quarters(some.ids)
            y = self.indicators(some)
            for (side, n), piece in pieces.items():
                rows = (part == side) & (quarter == n)
                piece.add(some.coordinates[rows], y[rows])
            advance(len(some.ids))
        found: dict[tuple[str, int], Moments] = {}
        train, fit = Moments(*size), Moments(*size)
        for n in range(WHOLE):
            train = train.merged(pieces["train", n])
            fit = fit.merged(pieces["train", n]).merged(pieces["validation", n])
            if n + 1 in QUARTERS:
                found["train", n + 1], found["fit", n + 1] = train, fit
        return found

    @cached_property
    def stored(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of table ``readouts``, by group and view, where they were read before."""
        rows = self.model.rows("readouts").to_pylist()
        return {(row["concept_group"], row["view"]): row for row in rows}

    def own_head(self) -> Head | None:
        """The head's own logits of the study's classes, from coordinates.

        None if the head does not have all of them, by their names.
        """
        names = head_class_names(self.model.prepared, self.run.inputs.manifest.classes)
        place = {name: n for n, name in enumerate(names)}
        if len(place) < len(names) or not set(self.run.class_names) <= place.keys():
            return None
        rows = [place[name] for name in self.run.class_names]
        weight, bias = (part.astype(np.float64)[rows] for part in self.model.head)
        return Head(weight @ self.basis, weight @ self.model.mean + bias)


def _quarters(ids: list[str]) -> np.ndarray:
    """A quarter from 0 to 3 for each picture, by its id alone."""
    return np.array([hashlib.sha256(i.encode()).digest()[1] % WHOLE for i in ids])
