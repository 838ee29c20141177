"""Read targets off some view of the features by ridge regression, judged on held-out pictures."""

from collections.abc import Callable, Mapping

import numpy as np

from flows.fit_translators import parts_of
from flows.prepare_models import Head
from flows.runs import Inputs
from sing_core.translator import Moments, fit_validated
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder

#: From features (n × m) to what is read from (n × q).
View = Callable[[np.ndarray], np.ndarray]


def read_off(
    inputs: Inputs,
    head: Head,
    views: Mapping[str, View],
    targets: Callable[[list[str]], np.ndarray],
    root: DataRoot,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Fit a reader of targets (n × t) for each view.

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
    found = {}
    for name, view in views.items():
        n_seen = view(np.zeros((1, head.about.n_features))).shape[1]
        train, validation = (Moments(n_seen, n_targets) for _ in range(2))
        held: list[tuple[np.ndarray, np.ndarray]] = []
        for ids, x in features.shards(parts):
            seen, y = view(x.astype(np.float64)), targets(ids)
            part = np.array([parts[i][0] for i in ids])
            train.add(seen[part == "train"], y[part == "train"])
            validation.add(seen[part == "validation"], y[part == "validation"])
            held.append((seen[part == "holdout"], y[part == "holdout"]))
        reader, *_ = fit_validated(train, validation, intercept=True)
        x, y = (np.concatenate(kind) for kind in zip(*held, strict=True))
        found[name] = (reader(x), y)
    return found
