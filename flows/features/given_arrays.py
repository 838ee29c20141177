"""Arrays that a study gives in place of a network: which they are, and whose rows they hold."""

import numpy as np

from flows.pictures.manifest import Manifest
from flows.study.class_names import same_form
from flows.terminal.lists import listed
from sing_core.files.array_formats import open_rows
from sing_core.files.arrays import ArrayFile, BadArrayError, Rows
from sing_core.geometry.angles import unit
from warehouse.digests import digest, sha256


def array_digest(array: ArrayFile, names: list[str] | None) -> str:
    """Digest of what rows there are and whose: of the file, and of ``names`` where it has none."""
    return digest([sha256(array.path), array.name, None if array.has_ids else names])


def open_items(array: ArrayFile, manifest: Manifest) -> Rows:
    """Open an array that has a row of every item of the study.

    Raises
    ------
    BadArrayError
        If it has not.
    """
    rows = open_rows(array)
    if rows.ids is None:
        assert manifest.items is not None  # a study file with pictures needs ids
        _require_length(array, rows, len(manifest.items), "items in images.table")
    else:
        _require_ids(array, rows.ids, manifest.images["path"].to_list(), "of the study's items")
    return rows


def texts_of(array: ArrayFile, names: list[str], what: str) -> np.ndarray:
    """Embeddings of the texts with these names, in their order, unit length, float64.

    Raises
    ------
    BadArrayError
        If one is missing, has no direction, or is not finite.
    """
    rows = open_rows(array)
    texts = rows.all()
    if rows.ids is None:
        _require_length(array, rows, len(names), what)
    else:
        ids, wanted = ([same_form(name) for name in some] for some in (rows.ids, names))
        _require_ids(array, ids, wanted, what)
        place = {name: n for n, name in enumerate(ids)}
        texts = texts[[place[name] for name in wanted]]
    with np.errstate(invalid="ignore"):
        texts = unit(texts)
    bad = ~np.isfinite(texts).all(axis=1)
    if bad.any():
        raise BadArrayError(
            f"{array} has no direction for {names[int(bad.argmax())]!r}: its row is zero or not "
            "finite; need an embedding of every text"
        )
    return np.asarray(texts)


def _require_length(array: ArrayFile, rows: Rows, n: int, what: str) -> None:
    if rows.n != n:
        raise BadArrayError(
            f"{array} has {rows.n} rows, but there are {n} {what}; need one row each, in their "
            "order"
        )


def _require_ids(array: ArrayFile, ids: list[str], names: list[str], what: str) -> None:
    there = set(ids)
    missing = [name for name in names if name not in there]
    if missing:
        raise BadArrayError(
            f"{array} lacks {len(missing)} of the {len(names)} {what} (first: "
            f"{listed([repr(name) for name in missing], most=3)}); its first id is {ids[0]!r}"
        )
