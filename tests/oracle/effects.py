"""Effect shares recomputed: every image is asked for every other value, by scikit-learn's ridge."""

import itertools

import numpy as np
from sklearn.linear_model import Ridge


def effect_squares(x, own, sizes, block, group, maps):
    """Mean squared length, by each map, of what changing one group alone is expected to change.

    Parameters
    ----------
    x
        Features (n × m).
    own
        The value of each image, a row a group.
    maps
        Matrices that are applied to the change.
    """
    x = x - x.mean(axis=0)
    n, k = len(x), sizes[group]
    others = sorted((s, g) for g, s in enumerate(sizes) if g != group)
    others = [g for _, g in others if not _known(own[g], own[group])]
    r = [np.ones((n, 1))]
    for g in others:
        indicators = np.eye(sizes[g])[own[g]]
        r.append(indicators - indicators.mean(axis=0))
    r = np.concatenate(r, axis=1)

    def columns(value):
        turned = np.eye(k)[value]
        return np.concatenate([r, (turned[:, :, None] * r[:, None]).reshape(n, -1)], axis=1)

    design = columns(own[group])
    changes = []
    for b in range(10):
        fit = Ridge(alpha=10.0, fit_intercept=False).fit(design[block == b], x[block == b])
        moves = [
            fit.predict(columns((own[group] + step) % k) - design) for step in range(1, k)
        ]  # every other value of each image
        changes.append(np.concatenate(moves))
    pairs = list(itertools.permutations(range(10), 2))
    found = []
    for m in maps:
        seen = [change @ m.T for change in changes]
        found.append(np.mean([np.sum(seen[i] * seen[j]) for i, j in pairs]) / len(changes[0]))
    return found


def effect_share(x, own, sizes, block, group, null, translator=None):
    """The null part's share of it, of the features or of their translations; NaN of nothing."""
    rest = np.eye(len(null)) - null
    a = np.eye(len(null)) if translator is None else translator
    inside, outside = effect_squares(x, own, sizes, block, group, [a @ null, a @ rest])
    whole = inside + outside
    return inside / whole if whole > 0 else float("nan")


def _known(one, other):
    return all(len(set(other[one == value])) == 1 for value in set(one))
