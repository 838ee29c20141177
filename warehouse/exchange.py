"""Publishing where several machines do: take over what the others published, then add to it.

What a machine publishes is built, checked and pointed to in its own data root as
ever. With a bucket, it begins with what is published there, and is offered to it; where
another machine was faster, all begins again with what that one published.
"""

import json
import random
import time
from collections.abc import Callable
from typing import TypeVar

from warehouse.bucket import Newest, fetch, newest_in, offer
from warehouse.drafts import draft_of
from warehouse.files import whole
from warehouse.generations import NoGenerationError, current, next_one, number_of
from warehouse.layout import DataRoot
from warehouse.pointer import appear, point_to
from warehouse.remote import Remote

_Published = TypeVar("_Published")

#: How often it is tried to be the fastest.
_ATTEMPTS = 30


class BusyBucketError(RuntimeError):
    """Others publish to a bucket all the time."""


def shared(root: DataRoot, build: Callable[[], _Published]) -> _Published:
    """Build and publish a generation; with a bucket, on top of what is there, and there too.

    Raises
    ------
    StoreError
        If the bucket cannot be reached. What was published stays.
    BusyBucketError
        If others were faster all the time.
    """
    if root.bucket is None:
        return build()
    place = Remote.at(root.bucket)
    for attempt in range(_ATTEMPTS):
        before = newest_in(place)
        if before is not None and before.name != _taken_over(root):
            _take_over(root, place, before)
        published = build()
        newest = current(root)
        assert newest is not None  # it was just built
        number = max(number_of(newest), before.number + 1 if before else 1)
        if (ours := offer(place, newest, number, before)) is not None:
            _note(root, ours, number_of(newest))
            return published
        time.sleep(random.uniform(0, 0.1 * (attempt + 1)))
    raise BusyBucketError(
        f"others published to {place} {_ATTEMPTS} times while this was trying to; results are in "
        f"{root.path}: publish them there with `sing rebuild`"
    )


def _taken_over(root: DataRoot) -> str | None:
    """The bucket's generation that this root's newest one holds all runs of."""
    try:
        newest = current(root)
        noted = json.loads((root.published / "BUCKET").read_text())
        known = (
            noted["bucket"] == root.bucket
            and newest is not None
            and noted["number"] == number_of(newest)
        )
        return str(noted["name"]) if known else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, NoGenerationError):
        return None


def _note(root: DataRoot, newest: Newest, number: int) -> None:
    noted = {"bucket": root.bucket, "number": number, "name": newest.name}
    with whole(root.published / "BUCKET") as draft:
        draft.write_text(json.dumps(noted))


def _take_over(root: DataRoot, place: Remote, newest: Newest) -> None:
    """Have the bucket's newest generation as this root's newest one."""
    target = next_one(root)
    draft = draft_of(target)
    try:
        fetch(place, newest, draft)
        appear(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    point_to(root, target)
    _note(root, newest, number_of(target))
