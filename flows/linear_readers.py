"""Read targets off some view of the features by ridge regression, judged on held-out pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from flows.fit_translators import parts_of
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from flows.score_pairs import mean_feature
from sing_core.translator import Moments, fit_validated
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

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
        of them as a translator's is. To be called once, and where it can be fitted.
        """
        reader, *_ = fit_validated(self.train, self.validation, intercept=True)
        return reader(self.held)


def read_off(
    inputs: Inputs,
    head: Head,
    views: Mapping[str, np.ndarray],
    targets: Targets,
    run_id: str,
    root: DataRoot,
) -> dict[str, Reading]:
    """Gather what readers of each view need, in one pass over the features.

    Parameters
    ----------
    views
        Bases of parts of feature space (features × q) by name; a view holds the
        coordinates in one, about the mean feature.
    """
    model = head.about.model
    parts = parts_of(inputs.study, inputs.images)
    features = VectorFolder(inputs.features(head, root).folder)
    n_targets = targets([next(iter(parts))]).shape[1]
    mean = mean_feature(run_id, model, root).astype(np.float32)
    # In single precision, as the features are stored; their moments in double.
    bases = {name: basis.astype(np.float32) for name, basis in views.items()}
    moments = {
        (name, side): Moments(basis.shape[1], n_targets)
        for name, basis in bases.items()
        for side in ("train", "validation")
    }
    held: dict[str, list[np.ndarray]] = {name: [] for name in bases}
    truth = []
    with progress(f"fitting readers of {model}", len(parts), "pictures") as advance:
        for ids, x in features.shards(parts):
            y, part = targets(ids), np.array([parts[i][0] for i in ids])
            of_held = y[part == "holdout"]
            truth.append(of_held.toarray() if isinstance(y, sparse.csr_array) else of_held)
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
