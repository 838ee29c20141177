"""A training of seconds."""

from flows.made_world.train_networks import Recipe
from sing_core.shapes.classifiers import REGIMES

#: Two regimes, a few hundred scenes, one pass: it shows that the recipe works, not that it is good.
TINY = Recipe(
    n_train=384, n_test=64, classifier_epochs=2, image_text_epochs=2,
    regimes=tuple(r for r in REGIMES if r.name in ("plain", "background")),
)  # fmt: skip
