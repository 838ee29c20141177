"""A run over drawn scenes: its pictures, their labels, its groups."""

import hashlib

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from flows import cli
from flows.pictures.draw_scenes import SCENES, drawn
from flows.study.images import Shapes
from sing_core.files.images import decode
from sing_core.shapes.renderer import render
from sing_core.shapes.scenes import ATTRIBUTES, draw_scenes
from tests.oracle.effects import effect_share
from tests.oracle.readouts import Readings
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


def test_effect_shares_against_the_stored_vectors(validated):
    run = rows(validated, "from latest.runs where status = 'finished'")[0]["run_id"]
    oracle = Oracle(validated.path, run)
    reading = Readings(oracle, "plain")
    labels = oracle.rows("select image_id, concept_group, phrase from image_labels")
    concepts = oracle.rows(
        "select concept_id, phrase, concept_group from concepts where concept_group is not null"
    )
    ids = sorted(reading.x)
    own, names = [[reading.classes[i] for i in ids]], ["class"]
    for name in dict.fromkeys(of for _, _, of in sorted(concepts)):
        numbers = [i for i, _, of in sorted(concepts) if of == name]
        phrases = [words for _, words, of in sorted(concepts) if of == name]
        known = {i: phrases.index(words) for i, of, words in labels if of == name}
        known = known or reading.nearest(numbers)
        own.append([known[i] for i in ids])
        names.append(name)
    block = np.array([hashlib.sha256(i.encode()).digest()[0] % 10 for i in ids])
    sizes = [16] + [sum(of == name for _, _, of in concepts) for name in names[1:]]
    x, own = np.array([reading.x[i] for i in ids]), np.array(own)
    translator = load_file(oracle.root / oracle.paths("translator", "plain")[0])["weight"]
    found = rows(validated, "from latest.group_scores where model = 'plain'")
    assert {row["concept_group"] for row in found} == set(names)
    told = 0
    for row in found:
        if row["concept_group"] not in ("class", "rotation", "background", "brightness"):
            continue
        group = names.index(row["concept_group"])
        # Class and shape tell each other; neither is held equal for the other.
        n_equal = len(names) - 1 - (row["concept_group"] == "class")
        assert (row["effect_n"], row["effect_n_equal"]) == (320, n_equal)
        for name, a in (("effect_share", None), ("effect_share_translated", translator)):
            expected = effect_share(x, own, sizes, block, group, reading.null, a)
            if row[name] is None:
                assert np.isnan(expected)
            else:
                assert row[name] == pytest.approx(np.clip(expected, 0, 1), abs=1e-3)
                told += 1
    assert told >= 3


def test_a_study_has_one_source_of_pictures(trained, tmp_path, capsys):
    text = (trained / "demo.toml").read_text()
    study = trained / "both.toml"
    study.write_text(text.replace("[images]", '[images]\nroot = "shapes"'))

    assert cli.command(["run", str(study), "--data", str(tmp_path)]) == 2
    assert "either root (a folder a class), shapes" in capsys.readouterr().err
