"""A run over drawn scenes: its pictures, their labels, its groups."""

import numpy as np
import polars as pl
import pytest

from flows import cli
from flows.pictures.draw_scenes import SCENES, drawn
from flows.study.images import Shapes
from sing_core.files.images import decode
from sing_core.shapes.renderer import render
from sing_core.shapes.scenes import ATTRIBUTES, draw_scenes
from tests.oracle.scores import Oracle
from tests.support.stored import rows


def test_drawn_pictures_are_the_scenes_they_are_listed_as(trained, validated):
    folder = drawn(Shapes(n=320, seed=0), validated)
    listed = pl.read_parquet(folder / SCENES)

    assert len(listed) == 320
    for scene, row in zip(draw_scenes(320, 0), listed.iter_rows(named=True), strict=True):
        pixels = np.asarray(decode((folder / row["path"]).read_bytes()))
        np.testing.assert_array_equal(pixels, render(scene))
        assert {name: row[name] for name in ATTRIBUTES} == {
            name: getattr(scene, name) for name in ATTRIBUTES
        }


def test_every_picture_is_labeled_in_every_group(validated):
    labels = rows(validated, "from latest.image_labels")
    names = {row["image_id"]: row["class_name"] for row in rows(validated, "from latest.images")}

    assert len(labels) == 320 * len(ATTRIBUTES)
    for row in labels:
        if row["concept_group"] == "shape":
            assert row["phrase"].split()[-1] == names[row["image_id"]]
    wrong = rows(
        validated,
        "select * from latest.image_labels l anti join latest.concepts c "
        "using (concept_group, phrase)",
    )
    assert wrong == []


def test_group_scores_against_the_stored_vectors(validated):
    """Margins and shares of one group, an image at a time, by the issue's formulas."""
    run = rows(validated, "from latest.runs where status = 'finished'")[0]["run_id"]
    oracle = Oracle(validated.path, run)
    scores = oracle.groups("plain", "texture")
    row = rows(
        validated,
        "from latest.group_scores where model = 'plain' and concept_group = 'texture'",
    )[0]
    assert row["labels"] == "given"
    values = rows(
        validated,
        "from latest.group_value_scores where model = 'plain' and concept_group = 'texture' "
        "order by value_index",
    )
    for value, expected in zip(values, scores.pop("values"), strict=True):
        for name, figure in expected.items():
            assert value[name] == pytest.approx(figure, abs=1e-4), name
    for name, value in scores.items():
        assert row[name] == pytest.approx(value, abs=1e-4), name


def test_a_study_has_one_source_of_pictures(trained, tmp_path, capsys):
    text = (trained / "demo.toml").read_text()
    study = trained / "both.toml"
    study.write_text(text.replace("[images]", '[images]\nroot = "shapes"'))

    assert cli.command(["run", str(study), "--data", str(tmp_path)]) == 2
    assert "either root (a folder a class), shapes" in capsys.readouterr().err
