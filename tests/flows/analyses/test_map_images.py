"""The map of a run: every picture's place, by the space and by each model."""

import numpy as np
import pytest

from sing_core.geometry.picture_map import PictureMap


def places(made, side, model):
    of = "model is null" if model is None else f"model = '{model}'"
    rows = made.rows(f"from latest.image_map where side = '{side}' and {of} order by image_id")
    return [row["image_id"] for row in rows], np.array([[row["x"], row["y"]] for row in rows])


def test_every_picture_has_its_places(made_once, oracle, recomputed):
    (methods,) = {row["method"] for row in made_once.rows("from latest.image_map")}
    assert methods == "PCA"  # of seventy pictures
    ids, found = places(made_once, "picture", None)
    assert len(ids) == 70
    drawn = PictureMap.of(np.array([oracle.embeddings[i] for i in ids]).astype(float), seed=0)
    np.testing.assert_allclose(found, drawn.places, atol=1e-6)
    for model in ("byob", "res"):
        for side in ("original", "equivalent"):
            ids, found = places(made_once, side, model)
            expected = drawn.place(np.array([recomputed[model][i][side] for i in ids]))
            np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_zero_translation_has_no_place(made_once):
    rows = made_once.rows("from latest.image_map where x is null")

    undefined = made_once.rows("select image_id from latest.image_scores where is_deg is null")
    assert {row["image_id"] for row in rows if row["model"]} <= {
        row["image_id"] for row in undefined
    }
    assert pytest.approx(0, abs=0.5) == np.mean(places(made_once, "picture", None)[1])


def test_every_picture_has_the_cluster_of_its_embedding(made_once, oracle):
    rows = made_once.rows("from latest.image_map where side = 'picture' order by image_id")
    vectors = np.array([oracle.embeddings[row["image_id"]] for row in rows]).astype(float)
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = np.array([row["cluster"] for row in rows])
    centers = np.array([directions[numbers == n].mean(axis=0) for n in sorted(set(numbers))])

    apart = ((directions[:, None] - centers) ** 2).sum(axis=2)
    assert (apart.argmin(axis=1) + 1 == numbers).mean() > 0.95
    assert list(np.bincount(numbers)[1:]) == sorted(np.bincount(numbers)[1:], reverse=True)
    assert made_once.rows("select cluster from map_places where cluster is null") == []
