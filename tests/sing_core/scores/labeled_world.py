"""Features whose values differ, with a head, a translator and texts."""

import numpy as np

from sing_core.geometry.null_space import decompose_head
from sing_core.geometry.translator import LinearTranslator
from sing_core.statistics.jackknife import BLOCKS


def made(seed=0, n=300, m=12, s=7, k=4, c=5):
    rng = np.random.default_rng(seed)
    value = rng.integers(k, size=n)
    features = rng.normal(size=(n, m)) + 2 * rng.normal(size=(k, m))[value] + 3
    head = decompose_head(rng.normal(size=(c, m)))
    translator = LinearTranslator(rng.normal(size=(s, m)), rng.normal(size=s))
    texts = rng.normal(size=(k, s))
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    block = rng.integers(BLOCKS, size=n)
    return features, value, block, head, translator, texts
