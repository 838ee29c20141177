"""Find a head that sees more, or is blind to a group: fitted, and chosen by the validation part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flows.runs.readable import WHOLE, Readable, Some
from flows.study.vocabulary import CLASS_GROUP
from flows.terminal.progress import Advance
from sing_core.geometry.cures import Attribute, Discriminants, Head, blind, see
from sing_core.geometry.moments import Moments
from sing_core.scores.readouts import ReaderFits

#: What is tried for `--see`: ridges, and how much the null part's log-likelihood counts.
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_SCALES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

#: Shares of the change that `--blind` makes, for the curve of what it costs.
_STEPS = (0.25, 0.5, 0.75, 1.0)

#: Numbers of directions that are tried, at most.
_RANKS = 16


_Settings = dict[str, float | None]


class CannotCureError(ValueError):
    """A cure that cannot be made of this study."""

    exit_code = 2


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes
    ----------
    kind, group
        To ``see`` the classes, or be ``blind`` to a group.
    rank
        Of `see`, how many directions; None to choose.
    strength
        Of `blind`, which share of the change.
    """

    kind: Literal["see", "blind"]
    group: str
    rank: int | None = None
    strength: float = 1.0

    @property
    def name(self) -> str:
        """What the cure is called, as in ``blind background color``."""
        return f"{self.kind} {self.group}"


@dataclass(frozen=True)
class Found:
    """A head before and after.

    Attributes
    ----------
    is_own
        Whether the head before is the model's own; else it is a linear reader of the study's
        classes off what the own one sees.
    settings
        What was chosen or given: ``rank, strength, scale``.
    curve
        Heads of weaker and stronger cures, by rank or strength.
    accuracy_before, accuracy_after
        On the validation part, by heads that were fitted without it.
    fit
        Moments of all pictures to fit on.
    """

    wish: Wish
    before: Head
    after: Head
    is_own: bool
    settings: _Settings
    curve: list[tuple[float, Head]]
    accuracy_before: float
    accuracy_after: float
    fit: Moments


@dataclass(frozen=True)
class _Side:
    """What a head is fitted on: the train part, to be chosen by validation; or both."""

    parts: tuple[str, ...]
    moments: Moments
    before: Head


#: Makes a head from what it is fitted on, and of a rank or a strength.
_Make = Callable[[_Side, float], Head]


def find(readable: Readable, wish: Wish, advance: Advance) -> Found:
    """Find the head that is wished for, in the coordinates of ``readable``.

    Settings are chosen, and the new head is held against the old one, on the validation part, by
    heads that were fitted without it; the head that is returned is fitted on both.

    Raises
    ------
    CannotCureError
        If the study has no such group, or the null space no so many directions.
    """
    moments = readable.moments(advance)
    parts = {"train": ("train",), "fit": ("train", "validation")}
    sides = {}
    for name, some in parts.items():
        before, is_own = _head_before(readable, moments[name, WHOLE])
        sides[name] = _Side(some, moments[name, WHOLE], before)
    trial, fit = sides["train"], sides["fit"]
    find_it = _see if wish.kind == "see" else _blind
    value, settings, values, make = find_it(readable, wish, trial)
    right, heads = np.zeros(2), (trial.before, make(trial, value))
    for seen in readable.seen("validation"):
        named = [head.logits(seen.coordinates).argmax(axis=1) for head in heads]
        right += [(one == seen.own[0]).sum() for one in named]
    was, now = (float(k) / readable.run.parts.count("validation") for k in right)
    before, curve = fit.before, [(0.0, fit.before), *((one, make(fit, one)) for one in values)]
    return Found(wish, before, make(fit, value), is_own, settings, curve, was, now, fit.moments)


def _head_before(readable: Readable, moments: Moments) -> tuple[Head, bool]:
    own = readable.own_head()
    if own is not None:
        return own, True
    row = readable.stored[CLASS_GROUP, "principal"]
    place = readable.views["principal"]
    reader = ReaderFits(moments.part(place)).reader(
        row["reader"], row["strength"], readable.columns[0]
    )
    weight = np.zeros((len(reader.bias), len(readable.basis)))
    weight[:, place] = reader.weight.T
    return Head(weight, reader.bias), False


def _see(
    readable: Readable, wish: Wish, trial: _Side
) -> tuple[float, _Settings, list[float], _Make]:
    place, classes = readable.views["null"], readable.columns[0]

    def of_null(side: _Side) -> Moments:
        return side.moments.part(place).of_targets(classes)

    train = of_null(trial)
    most = min(len(trial.before.bias) - 1, train.n_features)
    if wish.rank is not None and not 1 <= wish.rank <= most:
        raise CannotCureError(
            f"--rank is {wish.rank}; the null space of {readable.model.id} has at most {most} "
            f"directions that tell {len(trial.before.bias)} classes apart: need 1 to {most}"
        )
    ranks = [wish.rank] if wish.rank is not None else _ranks(most)
    found = {ridge: Discriminants.of(train, ridge) for ridge in _STRENGTHS}
    right: dict[tuple[int, float, float], int] = {}
    for some in readable.seen("validation"):
        for key, logits in _tried(some, place, trial.before, found, train.mean_x, ranks):
            right[key] = right.get(key, 0) + int((logits.argmax(1) == some.own[0]).sum())
    # Of equals the fewest directions, the strongest ridge, the smallest change.
    rank, strength, scale = max(right, key=lambda key: (right[key], -key[0], key[1], -key[2]))
    null = np.eye(len(readable.basis))[:, place]

    def make(side: _Side, k: float) -> Head:
        return see(side.before, null, of_null(side), strength=strength, rank=int(k), scale=scale)

    settings: _Settings = {"rank": float(rank), "strength": strength, "scale": scale}
    return float(rank), settings, [float(k) for k in _ranks(most)], make


def _tried(
    some: Some, place: slice, before: Head, found: dict[float, Discriminants], mean: np.ndarray,
    ranks: list[int],
) -> Iterator[tuple[tuple[int, float, float], np.ndarray]]:  # fmt: skip
    """Logits of every rank, ridge and scale."""
    own = before.logits(some.coordinates)
    for strength, one in found.items():
        along = (some.coordinates[:, place] - mean) @ one.directions
        for rank in ranks:
            gains = one.gains(along, rank)
            for scale in _SCALES:
                yield (rank, strength, scale), own + scale * gains


def _ranks(most: int) -> list[int]:
    return sorted({int(k) for k in np.unique(np.geomspace(1, most, _RANKS).round())})


def _blind(
    readable: Readable, wish: Wish, trial: _Side
) -> tuple[float, _Settings, list[float], _Make]:
    at = place_of(readable, wish.group)
    attributes: dict[tuple[str, ...], Attribute] = {}

    def make(side: _Side, strength: float) -> Head:
        if side.parts not in attributes:
            attributes[side.parts] = _attribute(readable, at, side)
        return blind(side.before, attributes[side.parts], strength=strength)

    make(trial, wish.strength)  # what cannot be done is said before more is
    settings: _Settings = {"rank": None, "strength": wish.strength, "scale": None}
    return wish.strength, settings, list(_STEPS), make


def _attribute(readable: Readable, at: int, side: _Side) -> Attribute:
    """How features go with a group's values within classes, by the pictures of one side."""
    group = readable.groups.all[at]
    counts = np.zeros((len(side.before.bias), len(group.values)))
    for some in readable.seen(*side.parts):
        np.add.at(counts, (some.own[0], some.own[at]), 1)
    if ((counts > 0).sum(axis=1) < 2).all():
        raise CannotCureError(
            f"no class has pictures of two values of {group.name!r} to fit on, so nothing tells "
            "them apart within a class; need pictures of one class that differ in it"
        )
    return Attribute.within_classes(side.moments, readable.columns[0], readable.columns[at], counts)


def place_of(readable: Readable, group: str) -> int:
    """Which group is meant.

    Raises
    ------
    CannotCureError
        If there is none of that name, or it is the classes.
    """
    names = [one.name for one in readable.groups.all]
    if group not in names[1:]:
        raise CannotCureError(
            f"the study has no group {group!r} to be blind to; known: "
            f"{', '.join(names[1:]) or 'none'}"
        )
    return names.index(group)


def in_features(head: Head, readable: Readable) -> Head:
    """The head in features instead of coordinates."""
    weight = head.weight @ readable.basis.T
    return replace(head, weight=weight, bias=head.bias - weight @ readable.model.mean)
