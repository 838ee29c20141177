"""Measure a cure on held-out pictures: what the head names, and what it sees, before and after."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.cures.found import Found, place_of
from flows.runs.readable import Readable, Some
from flows.terminal.progress import Advance
from sing_core.geometry.angles import angle_deg
from sing_core.geometry.cures import Head
from sing_core.geometry.equivalent_pairs import remove_null
from sing_core.geometry.moments import Moments
from sing_core.geometry.null_space import HeadDecomposition, decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.calibration import CalibrationSums
from sing_core.scores.readouts import Reader, ReaderFits
from sing_core.scores.shares import ShareScorer
from sing_core.scores.value_sums import ValueSums
from sing_core.statistics.shares import share, share_apart

_Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Rows of the tables of cures, without run, model and the cure's name."""

    cure: _Row
    classes: list[_Row]
    curve: list[_Row]
    flips: list[_Row]


@dataclass
class _Side:
    """A head, what it sees, and what came out of it."""

    head: Head
    spaces: HeadDecomposition
    readers: dict[int, Reader]
    calibration: CalibrationSums = field(default_factory=CalibrationSums)
    right: list[np.ndarray] = field(default_factory=list)
    named: list[np.ndarray] = field(default_factory=list)
    as_deg: list[np.ndarray] = field(default_factory=list)
    is_deg: list[np.ndarray] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)


def measure(readable: Readable, found: Found, advance: Advance) -> Measured:
    """Measure the heads before and after."""
    # The classes, and the group that the head was made blind to.
    groups = [0] if found.wish.kind == "see" else [0, place_of(readable, found.wish.group)]
    moments = found.fit
    sides = [_side(readable, head, moments, groups) for head in (found.before, found.after)]
    curve = [
        (value, head, _readers(readable, head, moments, groups[-1:])) for value, head in found.curve
    ]
    translator = _translator(readable)
    tallies = [np.zeros(2, dtype=np.int64) for _ in curve]
    ids: list[str] = []
    own: list[np.ndarray] = []
    moves, lengths = [], []
    for some in readable.seen("holdout"):
        ids += some.ids
        own.append(some.own[0])
        logits = [_judge(readable, translator, side, some) for side in sides]
        moves.append(np.linalg.norm(logits[1] - logits[0], axis=1))
        lengths.append(np.linalg.norm(logits[0] - logits[0].mean(axis=1, keepdims=True), axis=1))
        for tally, (_, head, readers) in zip(tallies, curve, strict=True):
            right = head.logits(some.coordinates).argmax(axis=1) == some.own[0]
            (seen,) = _read(some, head, readers)
            tally += right.sum(), seen
        advance(len(some.ids))
    n, value = len(ids), np.concatenate(own)
    before, after = sides
    cure = {
        "n_fit": moments.n, "n_holdout": n, "is_own_head": found.is_own, **found.settings,
        "validation_before": found.accuracy_before, "validation_after": found.accuracy_after,
        **_accuracies(before, after, n),
        "calibration_before": before.calibration.error(),
        "calibration_after": after.calibration.error(),
        "logit_move_mean": float(np.concatenate(moves).mean()),
        "logit_length_mean": float(np.concatenate(lengths).mean()),
        **_meanings(readable, translator, sides, groups, n),
    }  # fmt: skip
    points = [
        {"value": at, **_share("accuracy", int(right), n), "seen": seen / n}
        for (at, _, _), (right, seen) in zip(curve, tallies, strict=True)
    ]
    classes = list(_classes(readable, before, after, value))
    return Measured(cure, classes, points, list(_flips(readable, before, after, ids)))


def _side(readable: Readable, head: Head, moments: Moments, groups: list[int]) -> _Side:
    spaces = decompose_head(head.weight)
    return _Side(
        head, spaces, _readers(readable, head, moments, groups), seen=dict.fromkeys(groups, 0)
    )


def _readers(
    readable: Readable, head: Head, moments: Moments, groups: list[int]
) -> dict[int, Reader]:
    """Readers of groups off the logits, with the ridge that read the principal part best."""
    fits = ReaderFits(moments.through(head.weight.T))
    names = {group: readable.groups.all[group].name for group in groups}
    return {
        group: fits.reader(
            "lda", readable.stored[name, "principal"]["strength"], readable.columns[group]
        )
        for group, name in names.items()
    }


def _read(some: Some, head: Head, readers: dict[int, Reader]) -> Iterator[int]:
    seen = some.coordinates @ head.weight.T
    for group, reader in readers.items():
        yield int((reader(seen) == some.own[group]).sum())


def _judge(readable: Readable, translator: LinearTranslator, side: _Side, some: Some) -> np.ndarray:
    """Take in some pictures; returns their logits."""
    logits: np.ndarray = side.head.logits(some.coordinates)
    named = logits.argmax(axis=1)
    side.named.append(named)
    side.right.append(named == some.own[0])
    side.calibration.add(logits, side.right[-1])
    for group, right in zip(side.readers, _read(some, side.head, side.readers), strict=True):
        side.seen[group] += right
    f = some.coordinates + readable.model.mean @ readable.basis
    original, equivalent = translator(f), translator(remove_null(f, side.spaces))
    text = readable.run.class_texts[some.own[0]]
    side.is_deg.append(angle_deg(original, equivalent))
    side.as_deg.append(angle_deg(original, text) - angle_deg(equivalent, text))
    return logits


def _translator(readable: Readable) -> LinearTranslator:
    whole = readable.model.translator
    return LinearTranslator(np.asarray(whole.weight, np.float64) @ readable.basis, whole.bias)


def _share(name: str, k: int, n: int) -> _Row:
    found = share(k, n)
    return {name: found.value, f"{name}_ci_low": found.low, f"{name}_ci_high": found.high}


def _accuracies(before: _Side, after: _Side, n: int) -> _Row:
    was, now = np.concatenate(before.right), np.concatenate(after.right)
    gain = share_apart(int((now & ~was).sum()), int((was & ~now).sum()), n)
    flips = np.concatenate(before.named) != np.concatenate(after.named)
    return {
        **_share("accuracy_before", int(was.sum()), n),
        **_share("accuracy_after", int(now.sum()), n),
        "gain": gain.value, "gain_ci_low": gain.low, "gain_ci_high": gain.high,
        "flipped_share": float(flips.mean()),
    }  # fmt: skip


def _meanings(
    readable: Readable, translator: LinearTranslator, sides: list[_Side], groups: list[int], n: int
) -> _Row:
    """What the null spaces hold: dimensions, scores, shares, and what is read off the logits."""
    sums = [ValueSums(len(readable.groups.all[g].values), len(readable.basis)) for g in groups]
    for some in readable.seen("train", "validation", "holdout"):
        block = np.array([int(i[:8], 16) % len(sums[0].count) for i in some.ids])
        for total, group in zip(sums, groups, strict=True):
            total.add(some.coordinates, some.own[group], block)
    texts = [readable.groups.texts[readable.groups.all[g].rows] for g in groups]
    told: _Row = {}
    for when, side in zip(("before", "after"), sides, strict=True):
        scored = ShareScorer(side.spaces, translator).score(list(zip(sums, texts, strict=True)))
        shares = [group["feature_share"] for group, _ in scored]
        told |= {
            f"null_dim_{when}": side.spaces.null_dim,
            f"abs_as_{when}_deg": _known(np.nanmedian(np.abs(np.concatenate(side.as_deg)))),
            f"is_{when}_deg": _known(np.nanmedian(np.concatenate(side.is_deg))),
            f"class_share_{when}": _known(shares[0]),
            f"group_share_{when}": _known(shares[1]) if len(groups) > 1 else None,
            f"class_seen_{when}": side.seen[0] / n,
            f"group_seen_{when}": side.seen[groups[1]] / n if len(groups) > 1 else None,
        }
    return told


def _known(value: float) -> float | None:
    """A number, or None for one that could not be computed."""
    return float(value) if np.isfinite(value) else None


def _classes(readable: Readable, before: _Side, after: _Side, value: np.ndarray) -> Iterator[_Row]:
    was, now = np.concatenate(before.right), np.concatenate(after.right)
    for index, name in enumerate(readable.run.class_names):
        those = value == index
        if those.any():
            yield {
                "class_index": index, "class_name": name, "n": int(those.sum()),
                "accuracy_before": float(was[those].mean()),
                "accuracy_after": float(now[those].mean()),
            }  # fmt: skip


def _flips(readable: Readable, before: _Side, after: _Side, ids: list[str]) -> Iterator[_Row]:
    names = readable.run.class_names
    was, now = np.concatenate(before.named), np.concatenate(after.named)
    right = np.concatenate(before.right), np.concatenate(after.right)
    for n in np.flatnonzero(was != now):
        yield {
            "image_id": ids[n], "named_before": names[was[n]], "named_after": names[now[n]],
            "right_before": bool(right[0][n]), "right_after": bool(right[1][n]),
        }  # fmt: skip
