"""Null energy of pictures of another kind, against the features once more."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from flows.features.networks import load_model
from flows.pictures.manifest import ImagesError
from flows.study.load import StudyError, load_study
from tests.oracle.scores import null_projector
from warehouse.stored.vectors import VectorFolder


@pytest.fixture
def outside(made):
    """The made world, and twelve pictures of noise."""
    rng = np.random.default_rng(0)
    (made.folder / "noise/any").mkdir(parents=True)
    for n in range(12):
        noise = Image.fromarray(rng.integers(0, 256, (48, 48, 3), np.uint8))
        noise.save(made.folder / f"noise/any/{n}.png")
    made.study.write_text(made.study.read_text() + '\n[out_of_distribution]\nroot = "noise"\n')
    made.run()
    return made


def test_the_area_is_that_of_the_energies(outside):
    study = load_study(outside.study)
    held = outside.rows("select image_id from latest.images where split = 'holdout'")
    for model in study.models:
        (row,) = outside.rows(f"from latest.occupancy where model = '{model.id}'")
        backbone = load_model(model)
        noise = [Image.open(p).convert("RGB") for p in outside.folder.glob("noise/any/*.png")]
        other = backbone.features(torch.stack([backbone.transform(p) for p in noise]))
        stored = [
            VectorFolder(folder)
            for folder in (outside.root.features / model.id).iterdir()
            if {i["image_id"] for i in held} <= VectorFolder(folder).ids()
        ]
        own = stored[0].take([i["image_id"] for i in held])
        null = null_projector(backbone.weight)
        scores = []
        for x in (own.astype(np.float64), other.astype(np.float64)):
            energy = np.square(x @ null).sum(axis=1) / np.square(x).sum(axis=1)
            doubt = -softmax(x @ backbone.weight.T + backbone.bias, axis=1).max(axis=1)
            scores.append((energy, doubt))
        labels = np.repeat([0, 1], [len(own), 12])
        for name, kind in (("auroc", 0), ("softmax_auroc", 1)):
            expected = roc_auc_score(labels, np.concatenate([s[kind] for s in scores]))
            assert row[name] == pytest.approx(expected, abs=1e-6)
        assert (row["n_in"], row["n_out"]) == (len(own), 12)
        assert row["energy_median_out"] == pytest.approx(np.median(scores[1][0]), abs=1e-4)


def test_a_study_without_other_pictures_has_no_occupancy(made_once):
    assert made_once.rows("from latest.occupancy") == []


def test_other_pictures_are_another_run(outside):
    first = outside.rows("select run_id from latest.runs")[0]["run_id"]
    (outside.folder / "noise/any/0.png").unlink()

    assert outside.run().run_id != first
    assert outside.rows("select distinct n_out from latest.occupancy") == [{"n_out": 11}]


def test_a_missing_folder_is_told(outside):
    outside.rewrite('root = "noise"', 'root = "nowhere"')

    with pytest.raises(StudyError, match="nowhere does not exist; need a folder"):
        load_study(outside.study)


def test_other_pictures_that_are_the_studys_own_are_refused(made):
    own = next(path for path in (made.folder / "pictures").rglob("*.*") if path.suffix != ".txt")
    (made.folder / "noise/any").mkdir(parents=True)
    for n in range(12):
        noise = np.random.default_rng(n).integers(0, 256, (48, 48, 3), np.uint8)
        Image.fromarray(noise).save(made.folder / f"noise/any/{n}.png")
    (made.folder / f"noise/any/own{own.suffix}").write_bytes(own.read_bytes())
    made.study.write_text(made.study.read_text() + '\n[out_of_distribution]\nroot = "noise"\n')

    with pytest.raises(ImagesError, match="1 of the 13 pictures.*any/own"):
        made.run()
