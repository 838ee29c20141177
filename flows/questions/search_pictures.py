"""Find pictures by words: in the space, by a model's features, and by these without null part."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from flows.questions.asked_texts import AS_IT_STANDS, new_text, stored_phrase
from flows.questions.published_run import PublishedRun
from flows.terminal.progress import progress
from sing_core.geometry.angles import angles_deg
from sing_core.geometry.equivalent_pairs import remove_null
from warehouse.layout import DataRoot

#: Pictures a list.
_FOUND = 18

#: Pictures compared at once.
_AT_ONCE = 1024


class NoWordsError(ValueError):
    """A search without a word."""

    exit_code = 2


def search_pictures(run_id: str, model: str, text: str, root: DataRoot) -> dict[str, Any]:
    """Return the pictures nearest to a text, three times.

    Returns
    -------
    dict
        ``space``: by the space's own embeddings; ``original``: by the model's translated features;
        ``equivalent``: by those without their null part. Each a list of ``image_id, angle_deg``,
        nearest first; of the last two also ``as_deg``, how much nearer null removal brings it.

    Raises
    ------
    NoWordsError
        If the text is empty.
    UnknownModelError
        If the run has no scores of that model.
    """
    words = text.strip()
    if not words:
        raise NoWordsError("the search is empty; need a word at least")
    run = PublishedRun.named(run_id, root)
    stored = run.model(model)
    phrase = stored_phrase(run, words)
    towards = (new_text(run, words, AS_IT_STANDS) if phrase is None else phrase)[None]
    wanted = run.class_of
    with progress("searching", 2 * len(wanted), "pictures") as advance:

        def by_space() -> Iterator[tuple[list[str], np.ndarray]]:
            for ids, z in run.embeddings().shards(wanted, _AT_ONCE):
                yield ids, angles_deg(z.astype(np.float64), towards)
                advance(len(ids))

        def by_model() -> Iterator[tuple[list[str], np.ndarray]]:
            for ids, x in stored.features.shards(wanted, _AT_ONCE):
                sides = (x, remove_null(x, stored.spaces))
                angles = [angles_deg(stored.translator(side), towards) for side in sides]
                yield ids, np.hstack(angles)
                advance(len(ids))

        ids, near = _gathered(by_space())
        found = {"space": _nearest(ids, near[:, 0])}
        ids, near = _gathered(by_model())
    moved = near[:, 0] - near[:, 1]
    return found | {
        "original": _nearest(ids, near[:, 0], moved),
        "equivalent": _nearest(ids, near[:, 1], moved),
    }


def _gathered(
    parts: Iterable[tuple[list[str], np.ndarray]],
) -> tuple[list[str], np.ndarray]:
    ids: list[str] = []
    angles = []
    for some, near in parts:
        ids += some
        angles.append(near)
    return ids, np.concatenate(angles)


def _nearest(
    ids: list[str], angle_deg: np.ndarray, moved: np.ndarray | None = None
) -> list[dict[str, Any]]:
    """The first of them by angle, ties by id; what has no direction is not found."""
    order = np.lexsort((np.array(ids), angle_deg))
    first = [int(row) for row in order[:_FOUND] if np.isfinite(angle_deg[row])]
    return [
        {"image_id": ids[row], "angle_deg": float(angle_deg[row])}
        | ({} if moved is None else {"as_deg": float(moved[row])})
        for row in first
    ]
