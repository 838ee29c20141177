"""Heads over translated features, against scikit-learn."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge

from flows.runs.parts import Parts
from flows.study.load import load_study


def test_translator_heads_against_scikit_learn(made_once, oracle, steps):
    study = load_study(made_once.study)
    images = made_once.warehouse.query("from latest.images")
    parts = Parts.of(pl.DataFrame(images), study.translator)
    for model, mine in steps.items():
        (row,) = made_once.rows(f"from latest.translator_heads where model = '{model}'")
        principal = np.eye(len(mine.null)) - mine.null
        views = {
            "principal": lambda f, p=principal: p @ f,
            "translated": lambda f, p=principal, s=mine: s.space(p @ f),
        }
        for name, view in views.items():
            x = {i: view(mine.features[i]) for i in parts.ids}
            sides = {
                side: [i for i in sorted(parts.ids) if parts.part[i] == side]
                for side in ("train", "validation", "holdout")
            }

            def data(*which, x=x, sides=sides):
                ids = [i for side in which for i in sides[side]]
                return np.array([x[i] for i in ids]), np.eye(5)[parts.classes(ids)]

            train_x, train_y = data("train")
            # In the null space's directions x does not vary; the product counts the others alone.
            n_seen = round(np.trace(principal)) if name == "principal" else train_x.shape[1]
            variance = np.square(train_x - train_x.mean(axis=0)).sum() / len(train_x) / n_seen
            errors = {}
            for relative in 10.0 ** np.arange(-6, 3.01, 0.5):
                ridge = Ridge(alpha=relative * variance * len(train_x)).fit(train_x, train_y)
                held_x, held_y = data("validation")
                errors[relative] = np.square(ridge.predict(held_x) - held_y).mean()
            best = min(errors, key=errors.get)
            both_x, both_y = data("train", "validation")
            final = Ridge(alpha=best * variance * len(both_x)).fit(both_x, both_y)
            held_x, held_y = data("holdout")
            right = (final.predict(held_x).argmax(1) == held_y.argmax(1)).mean()
            assert row[f"top1_{name}"] == pytest.approx(right)
