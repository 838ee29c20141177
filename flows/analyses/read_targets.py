"""What a line could read of the classes, and of each group: off all features, and off each part.

Readers are fitted on the pictures that translators are fitted on, chosen by the validation part,
and judged on held-out pictures, beside the model's own head.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.runs.analysis import Analysis
from flows.runs.extracted import ExtractedRun
from flows.runs.readable import QUARTERS, WHOLE, Readable, Some
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import is_thin
from sing_core.scores.readouts import Reader, ReaderFits, best_of
from sing_core.statistics.shares import Share, share, share_apart

#: The learning curve's views: what a new head would have, and what the head does not see.
_CURVE = ("all", "null")

#: The classes are the first group.
_CLASSES = 0

#: Readers by quarters, view and group.
_Readers = dict[tuple[int, str, int], Reader]


def read_targets(run: ExtractedRun, model: StoredModel, advance: Advance) -> None:
    """Read every group off one model's features, and store what was right."""
    readable = Readable.of(run, model)
    moments = readable.moments(advance)
    readers: _Readers = {}
    for view, place in readable.views.items():
        quarters = QUARTERS if view in _CURVE else (WHOLE,)
        train = {n: moments["train", n].part(place) for n in quarters}
        for n, best in _chosen(readable, train, view).items():
            fits = ReaderFits(moments["fit", n].part(place))
            for group, one in best.items():
                columns = readable.columns[group]
                readers[n, view, group] = fits.reader(one.kind, one.strength, columns)
    whole = moments["fit", WHOLE]
    controls = [_controls(readable, readers, whole.through(basis)) for basis in readable.random]
    judged = _judged(readable, readers, controls, advance)
    _write(readable, readers, judged, {n: moments["fit", n].n for n in QUARTERS}, whole.mean_y)


def _chosen(
    readable: Readable, train: dict[int, Moments], view: str
) -> dict[int, dict[int, Reader]]:
    """The reader of one view that names most of the validation part, by quarters and group.

    All quarters tell of the classes, the whole of every group.
    """
    place, readers = readable.views[view], {}
    best: dict[int, dict[int, Reader]] = {quarters: {} for quarters in train}
    for quarters, moments in train.items():
        fits = ReaderFits(moments)
        for group, columns in enumerate(readable.columns):
            if quarters == WHOLE or group == _CLASSES:
                readers[quarters, group] = fits.readers(columns)
    right = {target: np.zeros(len(some), dtype=np.int64) for target, some in readers.items()}
    for seen in readable.seen("validation"):
        z = seen.coordinates[:, place]
        for target, some in readers.items():
            own = seen.own[target[1]]
            right[target] += [int((one(z) == own).sum()) for one in some]
    for (quarters, group), some in readers.items():
        best[quarters][group] = best_of(some, right[quarters, group])
    return best


def _controls(readable: Readable, readers: _Readers, moments: Moments) -> list[Reader]:
    """Readers of a random subspace, of the kinds and strengths that the null part's have."""
    fits = ReaderFits(moments)
    like = (readers[WHOLE, "null", group] for group in range(len(readable.columns)))
    return [
        fits.reader(one.kind, one.strength, columns)
        for one, columns in zip(like, readable.columns, strict=True)
    ]


@dataclass
class _Judged:
    """Held-out pictures that were named right: by readers, by controls, and by the head itself.

    Attributes
    ----------
    values
        Pictures of each value.
    apart
        By another naming of the classes, pictures that only the reader of all features has
        right, and only the other.
    """

    values: np.ndarray
    controls: np.ndarray
    right: dict[tuple[int, str, int], int]
    n: int = 0
    head: int = 0
    apart: dict[str, np.ndarray] = field(default_factory=dict)


def _judged(
    readable: Readable, readers: _Readers, controls: list[list[Reader]], advance: Advance
) -> _Judged:
    groups = len(readable.columns)
    found = _Judged(
        np.zeros(readable.columns[-1].stop), np.zeros((len(controls), groups)),
        dict.fromkeys(readers, 0),
    )  # fmt: skip
    head = readable.own_head()
    for some in readable.seen("holdout"):
        found.n += len(some.ids)
        found.values += readable.indicators(some).sum(axis=0)
        named: dict[str, np.ndarray] = {}
        for (quarters, view, group), reader in readers.items():
            right = reader(some.coordinates[:, readable.views[view]]) == some.own[group]
            found.right[quarters, view, group] += int(right.sum())
            if (quarters, group) == (WHOLE, _CLASSES):
                named[view] = right
        found.controls += _right_by_controls(readable, controls, some)
        if head is not None:
            named["head"] = head.logits(some.coordinates).argmax(axis=1) == some.own[_CLASSES]
            found.head += int(named["head"].sum())
        for other, right in named.items():
            only = (named["all"] & ~right).sum(), (right & ~named["all"]).sum()
            found.apart[other] = found.apart.get(other, np.zeros(2)) + only
        advance(len(some.ids))
    return found


def _right_by_controls(readable: Readable, controls: list[list[Reader]], some: Some) -> np.ndarray:
    views = (some.coordinates @ basis for basis in readable.random)
    return np.array(
        [
            [(reader(view) == own).sum() for reader, own in zip(readers, some.own, strict=True)]
            for readers, view in zip(controls, views, strict=True)
        ]
    )


def _write(
    readable: Readable,
    readers: _Readers,
    judged: _Judged,
    n_fit: dict[int, int],
    shares: np.ndarray,
) -> None:
    rows, curve, n = [], [], judged.n
    for (quarters, view, at), reader in readers.items():
        group, columns = readable.groups.all[at], readable.columns[at]
        accuracy = share(judged.right[quarters, view, at], n)
        row: dict[str, Any] = {
            "view": view, "n_fit": n_fit[quarters],
            "accuracy": accuracy.value, "ci_low": accuracy.low, "ci_high": accuracy.high,
        }  # fmt: skip
        if at == _CLASSES and view in _CURVE:
            curve.append(row)
        if quarters < WHOLE:
            continue
        controls = judged.controls[:, at] / n if view == "null" else None
        has_head = at == _CLASSES and "head" in judged.apart
        rows.append(
            row
            | {
                "concept_group": group.name, "labels": group.labels,
                "n_values": len(group.values), "n_holdout": n,
                "reader": reader.kind, "strength": reader.strength,
                "chance": float(judged.values[columns][shares[columns].argmax()]) / n,
                "control_accuracy": None if controls is None else float(controls.mean()),
                "control_low": None if controls is None else float(controls.min()),
                "control_high": None if controls is None else float(controls.max()),
                "head_accuracy": judged.head / n if has_head else None,
            }
        )  # fmt: skip
    readable.model.write_rows("readouts", rows)
    readable.model.write_rows("readout_curves", curve)
    readable.model.write_rows("headroom", [_headroom(readable.model, judged, n_fit[WHOLE])])


def _headroom(model: StoredModel, judged: _Judged, n_fit: int) -> dict[str, Any]:
    def more_than(other: str) -> Share:
        if other not in judged.apart:
            return Share(None, None, None)
        only_all, only_other = (int(k) for k in judged.apart[other])
        return share_apart(only_all, only_other, judged.n)

    own, gain, m = more_than("head"), more_than("principal"), model.prepared.n_features
    return {
        "n_fit": n_fit, "n_holdout": judged.n,
        "headroom": own.value, "headroom_ci_low": own.low, "headroom_ci_high": own.high,
        "null_gain": gain.value, "null_gain_ci_low": gain.low, "null_gain_ci_high": gain.high,
        "warning": f"thin: {n_fit:,} pictures to fit {m:,} features" if is_thin(n_fit, m) else None,
    }  # fmt: skip


def _can_be_read(run: ExtractedRun) -> bool:
    return all(run.parts.count(part) > 1 for part in ("train", "validation", "holdout"))


READ_TARGETS = Analysis(
    name="reading targets",
    # The last is written last.
    leaves=("readouts", "readout_curves", "headroom"),
    needs=("models", "model_scores"),
    carry_out=read_targets,
    size=lambda run: len(run.images),
    applies=_can_be_read,
)
