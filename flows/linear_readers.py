"""Read targets off some view of the features by ridge regression, judged on held-out pictures."""

from collections.abc import Callable, Mapping

import numpy as np

from flows.fit_translators import parts_of
from flows.prepare_models import Head
from flows.progress import progress
from flows.runs import Inputs
from sing_core.translator import Moments, fit_validated
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: From features (n × m) to what is read from, under names (each n × q).
Views = Callable[[np.ndarray], Mapping[str, np.ndarray]]


def read_off(
    inputs: Inputs,
    head: Head,
    views: Views,
    targets: Callable[[list[str]], np.ndarray],
    root: DataRoot,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Fit a reader of targets (n × t) for each view, in one pass over the features.

    In closed form on the run's own fit pictures, its strength chosen on a part
    of them as a translator's is.

    Returns
    -------
    dict
        Per view, prediction and truth on the held-out pictures.
    """
    parts = parts_of(inputs.study, inputs.images)
    features = VectorFolder(inputs.features(head, root).folder)
    n_targets = targets([next(iter(parts))]).shape[1]
    seen = views(np.zeros((1, head.about.n_features)))
    moments = {
        (name, side): Moments(view.shape[1], n_targets)
        for name, view in seen.items()
        for side in ("train", "validation")
    }
    held: dict[str, list[np.ndarray]] = {name: [] for name in seen}
    truth = []
    what = f"fitting readers of {head.about.model}"
    with progress(what, len(parts), "pictures") as advance:
        for ids, x in features.shards(parts):
            y, part = targets(ids), np.array([parts[i][0] for i in ids])
            truth.append(y[part == "holdout"])
            for name, view in views(x.astype(np.float64)).items():
                for side in ("train", "validation"):
                    moments[name, side].add(view[part == side], y[part == side])
                held[name].append(view[part == "holdout"])
            advance(len(ids))
    found = {}
    for name, rows in held.items():
        reader, *_ = fit_validated(
            moments[name, "train"], moments[name, "validation"], intercept=True
        )
        found[name] = (reader(np.concatenate(rows)), np.concatenate(truth))
    return found
