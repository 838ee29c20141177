"""Read targets off some view of the features by ridge regression, judged on held-out pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance
from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import fit_validated

#: Targets of pictures by their ids (n × t); sparse where they are indicators of many classes.
Targets = Callable[[list[str]], np.ndarray | sparse.csr_array]


@dataclass(frozen=True)
class Reading:
    """What a reader of one view is fitted on, and what it is judged by.

    Attributes
    ----------
    held, truth
        The view and the targets of the held-out pictures.
    """

    train: Moments
    validation: Moments
    held: np.ndarray
    truth: np.ndarray

    def through(self, matrix: np.ndarray) -> "Reading":
        """The same of ``view @ matrix``, without another pass over the features."""
        return Reading(
            self.train.through(matrix),
            self.validation.through(matrix),
            self.held @ matrix,
            self.truth,
        )

    @property
    def can_be_fitted(self) -> bool:
        """Whether there are pictures to fit on, to choose the strength by, and to judge by."""
        return self.train.n > 1 and self.validation.n > 0 and len(self.truth) > 0

    def guess(self) -> np.ndarray:
        """Fit a reader, and predict the held-out targets.

        In closed form on the run's own fit pictures, its strength chosen on a part
        of them as a translator's is. For readings that can be fitted.
        """
        reader, *_ = fit_validated(self.train, self.validation, intercept=True)
        return np.asarray(reader(self.held))


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
    mean = model.mean.astype(np.float32)
    # In single precision, as the features are stored; their moments in double.
    bases = {name: basis.astype(np.float32) for name, basis in views.items()}
    moments = {
        (name, side): Moments(basis.shape[1], n_targets)
        for name, basis in bases.items()
        for side in ("train", "validation")
    }
    held: dict[str, list[np.ndarray]] = {name: [] for name in bases}
    truth = []
    for ids, x in model.features.shards(parts.ids):
        y, part = targets(ids), parts.of_ids(ids)
        of_held = y[part == "holdout"]
        truth.append(of_held.toarray() if isinstance(of_held, sparse.csr_array) else of_held)
        centered = x - mean
        for name, basis in bases.items():
            view = centered @ basis
            for side in ("train", "validation"):
                moments[name, side].add(view[part == side], y[part == side])
            held[name].append(view[part == "holdout"])
        advance(len(ids))
    return {
        name: Reading(
            moments[name, "train"],
            moments[name, "validation"],
            np.concatenate(rows).astype(np.float64),
            np.concatenate(truth),
        )
        for name, rows in held.items()
    }


def read_parts(
    run: ExtractedRun, model: StoredModel, targets: Targets, advance: Advance
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read targets (n × t) off the ``null`` and off the ``principal`` part of held-out pictures.

    Returns
    -------
    dict
        Per part, guesses and truths (n × t each).
    """
    views = {"null": model.spaces.null, "principal": model.spaces.principal}
    read = read_off(run, model, views, targets, advance)
    return {name: (some.guess(), some.truth) for name, some in read.items()}
