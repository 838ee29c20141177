"""Find a head that sees more, or is blind to a group: fitted, and chosen by the validation part."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flows.runs.readable import WHOLE, Readable, Some
from flows.terminal.progress import Advance
from sing_core.geometry.cures import Attribute, Discriminants, Head, blind, see
from sing_core.geometry.moments import Moments
from sing_core.scores.readouts import ReaderFits

#: What is tried for `--see`: ridges, and how much the null part's log-likelihood counts.
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_SCALES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

#: Shares of the change that `--blind` makes, for the curve of what it costs.
_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)

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
        On the validation part.
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


def find(readable: Readable, wish: Wish, advance: Advance) -> Found:
    """Find the head that is wished for, in the coordinates of ``readable``.

    Raises
    ------
    CannotCureError
        If the study has no such group, or the null space no so many directions.
    """
    moments = readable.moments(advance)
    before, is_own = _head_before(readable, moments["fit", WHOLE])
    find_it = _see if wish.kind == "see" else _blind
    after, settings, curve = find_it(readable, wish, before, moments)
    right = np.zeros(2)
    for some in readable.seen("validation"):
        named = [head.logits(some.coordinates).argmax(axis=1) for head in (before, after)]
        right += [(one == some.own[0]).sum() for one in named]
    was, now = (float(k) / readable.run.parts.count("validation") for k in right)
    return Found(wish, before, after, is_own, settings, curve, was, now, moments["fit", WHOLE])


def _head_before(readable: Readable, moments: Moments) -> tuple[Head, bool]:
    own = readable.own_head()
    if own is not None:
        return Head(own[0].T, own[1]), True
    (row,) = [
        row
        for row in readable.model.rows("readouts").to_pylist()
        if (row["concept_group"], row["view"]) == ("class", "principal")
    ]
    place = readable.views["principal"]
    reader = ReaderFits(moments.part(place)).reader(
        row["reader"], row["strength"], readable.columns[0]
    )
    weight = np.zeros((len(reader.bias), len(readable.basis)))
    weight[:, place] = reader.weight.T
    return Head(weight, reader.bias), False


def _see(
    readable: Readable, wish: Wish, before: Head, moments: dict[tuple[str, int], Moments]
) -> tuple[Head, _Settings, list[tuple[float, Head]]]:
    place = readable.views["null"]
    classes = readable.columns[0]
    both = (moments[side, WHOLE] for side in ("train", "fit"))
    train, fit = (some.part(place).of_targets(classes) for some in both)
    most = min(len(before.bias) - 1, train.n_features)
    if wish.rank is not None and not 1 <= wish.rank <= most:
        raise CannotCureError(
            f"--rank is {wish.rank}; the null space of {readable.model.id} has at most {most} "
            f"directions that tell {len(before.bias)} classes apart: need 1 to {most}"
        )
    ranks = [wish.rank] if wish.rank is not None else _ranks(most)
    found = {strength: Discriminants.of(train, strength) for strength in _STRENGTHS}
    right: dict[tuple[int, float, float], int] = {}
    for some in readable.seen("validation"):
        for key, logits in _tried(some, place, before, found, train.mean_x, ranks):
            right[key] = right.get(key, 0) + int((logits.argmax(1) == some.own[0]).sum())
    # Of equals the fewest directions, the strongest ridge, the smallest change.
    rank, strength, scale = max(right, key=lambda key: (right[key], -key[0], key[1], -key[2]))
    null = np.eye(len(readable.basis))[:, place]

    def head(k: int) -> Head:
        return see(before, null, fit, strength=strength, rank=k, scale=scale)

    curve = [(0.0, before), *((float(k), head(k)) for k in _ranks(most))]
    settings: _Settings = {"rank": float(rank), "strength": strength, "scale": scale}
    return head(rank), settings, curve


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
    readable: Readable, wish: Wish, before: Head, moments: dict[tuple[str, int], Moments]
) -> tuple[Head, _Settings, list[tuple[float, Head]]]:
    at = place_of(readable, wish.group)
    counts = np.zeros((len(before.bias), len(readable.groups.all[at].values)))
    for some in readable.seen("train", "validation"):
        np.add.at(counts, (some.own[0], some.own[at]), 1)
    if ((counts > 0).sum(axis=1) < 2).all():
        raise CannotCureError(
            f"no class has pictures of two values of {wish.group!r} to fit on, so nothing tells "
            "them apart within a class; need pictures of one class that differ in it"
        )
    attribute = Attribute.within_classes(
        moments["fit", WHOLE], readable.columns[0], readable.columns[at], counts
    )
    curve = [(step, blind(before, attribute, strength=step)) for step in _STEPS]
    settings: _Settings = {"rank": None, "strength": wish.strength, "scale": None}
    return blind(before, attribute, strength=wish.strength), settings, curve


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
