"""Building and publishing a generation of the results database.

A generation is built beside the published one, checked, closed, flushed to
disk, and only then pointed to. A reader sees the old one or the new one.
"""

import shutil
from collections.abc import Collection, Container
from dataclasses import dataclass, replace
from pathlib import Path

from warehouse import ledger
from warehouse.drafts import draft_of
from warehouse.exchange import shared
from warehouse.files import writing
from warehouse.fill import fill, has_todays_schema
from warehouse.generations import current, next_one, published_runs
from warehouse.layout import DataRoot
from warehouse.pointer import appear, drop_older, point_to, require_place
from warehouse.rows import CheckFailedError


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes
    ----------
    generation
        The file.
    left_out
        By run that is finished and not in it, the sentence that says why.
    """

    generation: Path
    left_out: dict[str, str]


def publish(root: DataRoot, run: ledger.Run, changed: Collection[str] | None = None) -> Published:
    """Publish a generation with one more run, and enter it in the ledger as it is given here.

    A run that is published already is published anew, with the rows it has now.
    The other runs published before are carried over, so the cost is that of a copy
    and of the new rows. The ledger is written after the rules have passed and
    before the pointer moves: a run that is entered as finished is a right one.

    Parameters
    ----------
    changed
        Tables that alone have other rows than when the run was published; None if any may have.

    Raises
    ------
    CheckFailedError, DamagedFileError
        If a rule about the run's rows does not hold, or they are not what was written; the
        published generation and the ledger stay as they were.
    """

    def build() -> Published:
        numbered = replace(run, serial=ledger.next_serial(root, run.run_id))
        published = published_runs(root)
        others = [run_id for run_id in published if run_id != run.run_id]
        # What another machine published of it may lack more than what has changed here.
        is_ours = run.run_id in published and root.bucket is None
        return _build(root, others, new=numbered, changed=changed if is_ours else None)

    try:
        return shared(root, build)
    except CheckFailedError as error:
        raise CheckFailedError(
            f"{error}; nothing was published, the last published results are as they were"
        ) from error


def rebuild(root: DataRoot) -> Published:
    """Publish a generation made again from the stored Parquet of all finished runs that hold."""
    return shared(root, lambda: _build(root, _every(root), new=None))


def publish_without(root: DataRoot, dropped: Container[str]) -> Path:
    """Publish a generation made again without some runs; no older one, which has them, stays.

    Raises
    ------
    CheckFailedError
        If one of the others does not hold; the published generations stay.
    """

    def build() -> Published:
        kept = [run_id for run_id in _every(root) if run_id not in dropped]
        return _build(root, kept, new=None, dropped=dropped, all_or_none=True)

    published = shared(root, build)
    drop_older(root)
    return published.generation


def refresh(root: DataRoot) -> dict[str, str]:
    """Publish again what another version published, with the tables and columns of this one.

    Returns
    -------
    dict
        By run that is not in it for that, why.
    """
    newest = current(root)
    if newest is None or has_todays_schema(newest):
        return {}
    return shared(root, lambda: _build(root, published_runs(root), new=None)).left_out


def _finished(root: DataRoot) -> list[str]:
    return [run.run_id for run in ledger.load_readable(root)[0] if run.status == "finished"]


def _every(root: DataRoot) -> list[str]:
    """The finished runs of this root; with a bucket, the published ones of others too."""
    published = published_runs(root) if root.bucket is not None else []
    known = _finished(root)
    return [*known, *(run_id for run_id in published if run_id not in known)]


def _build(
    root: DataRoot,
    run_ids: list[str],
    new: ledger.Run | None,
    *,
    changed: Collection[str] | None = None,
    dropped: Container[str] = (),
    all_or_none: bool = False,
) -> Published:
    require_place(root)
    target = next_one(root)
    draft = draft_of(target)
    spilled = draft_of(root.published / f"{target.stem}.tmp")
    with writing(target):
        root.published.mkdir(parents=True, exist_ok=True)
        try:
            left_out = fill(root, draft, spilled, run_ids, new, dropped, changed)
            if left_out and all_or_none:
                raise CheckFailedError(next(iter(left_out.values())))
            if new is not None:
                ledger.save(root, new)
            appear(draft, target)
        finally:
            # DuckDB would play the log of a draft into the next one of that name.
            for path in (draft, draft.with_name(f"{draft.name}.wal")):
                path.unlink(missing_ok=True)
            shutil.rmtree(spilled, ignore_errors=True)
        point_to(root, target)
    return Published(target, left_out)
