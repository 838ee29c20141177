"""Read targets off some view of the features by ridge regression, judged on held-out pictures."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import LinearTranslator, fit_validated

#: Targets of pictures by their ids (n × t); sparse where they are indicators of many classes.
Targets = Callable[[list[str]], np.ndarray | sparse.csr_array]


@dataclass(frozen=True)
class Reading:
    """What a reader of one view is fitted on, and its strength chosen by."""

    train: Moments
    validation: Moments

    def through(self, matrix: np.ndarray) -> "Reading":
        """The same of ``view @ matrix``, without another pass over the features."""
        return Reading(self.train.through(matrix), self.validation.through(matrix))

    @property
    def can_be_fitted(self) -> bool:
        """Whether there are pictures to fit on, and to choose the strength by."""
        return self.train.n > 1 and self.validation.n > 0

    def reader(self) -> LinearTranslator:
        """Fit a reader in closed form, as a translator is."""
        return fit_validated(self.train, self.validation, intercept=True)[0]


def read_off(
    run: ExtractedRun,
    model: StoredModel,
    views: Mapping[str, np.ndarray],
    targets: Targets,
    advance: Advance,
) -> dict[str, Reading]:
    """Gather what readers of each view need, in one pass over the features.

    Parameters
    ----------
    views
        Bases of parts of feature space (features × q) by name; a view holds the
        coordinates in one, about the mean feature.
    """
    parts = run.parts
    n_targets = targets([next(iter(parts.ids))]).shape[1]
    moments = {
        (name, side): Moments(basis.shape[1], n_targets)
        for name, basis in views.items()
        for side in ("train", "validation")
    }
    for ids, seen in _seen(model, views, parts.ids):
        y, part = targets(ids), parts.of_ids(ids)
        for name, view in seen.items():
            for side in ("train", "validation"):
                moments[name, side].add(view[part == side], y[part == side])
        advance(len(ids))
    return {name: Reading(moments[name, "train"], moments[name, "validation"]) for name in views}


def held_out(
    run: ExtractedRun, model: StoredModel, views: Mapping[str, np.ndarray], advance: Advance
) -> Iterator[tuple[list[str], dict[str, np.ndarray]]]:
    """Ids and views (n × q, float64) of held-out pictures, some at a time: never all at once."""
    parts = run.parts
    held = {one for one, part in parts.part.items() if part == "holdout"}
    for ids, seen in _seen(model, views, held):
        if ids:
            yield ids, {name: view.astype(np.float64) for name, view in seen.items()}
        advance(len(ids))


def _seen(
    model: StoredModel, views: Mapping[str, np.ndarray], wanted: Container[str]
) -> Iterator[tuple[list[str], dict[str, np.ndarray]]]:
    """Views of wanted pictures, in single precision, as features are stored."""
    mean = model.mean.astype(np.float32)
    bases = {name: basis.astype(np.float32) for name, basis in views.items()}
    for ids, x in model.features.shards(wanted):
        centered = x - mean
        yield ids, {name: centered @ basis for name, basis in bases.items()}


def read_parts(
    run: ExtractedRun, model: StoredModel, targets: Targets, advance: Advance
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read targets (n × t) off the ``null`` and off the ``principal`` part of held-out pictures.

    For runs that can be fitted, and hold pictures out.

    Returns
    -------
    dict
        Per part, guesses and truths (n × t each).
    """
    views = {"null": model.spaces.null, "principal": model.spaces.principal}
    readings = read_off(run, model, views, targets, advance)
    readers = {name: reading.reader() for name, reading in readings.items()}
    truth: list[np.ndarray] = []
    guesses: dict[str, list[np.ndarray]] = {name: [] for name in views}
    for ids, seen in held_out(run, model, views, _untold):
        some = targets(ids)
        truth.append(some.toarray() if isinstance(some, sparse.csr_array) else some)
        for name, view in seen.items():
            guesses[name].append(np.asarray(readers[name](view)))
    return {name: (np.concatenate(some), np.concatenate(truth)) for name, some in guesses.items()}


def _untold(n: int, note: str = "") -> None:
    """Nobody is told: the held-out pictures were counted before."""
