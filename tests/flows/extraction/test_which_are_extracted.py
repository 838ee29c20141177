"""What is extracted when something has changed."""

import json
import shutil

import numpy as np
import pytest

from tests.support import world
from tests.support.counted import count_features
from tests.support.stored import tables
from warehouse.stored import parquet


def test_new_pictures_alone_are_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    rng = np.random.default_rng(8)
    for i in range(3):
        world.draw_picture(made.folder / "pictures" / "cat" / f"new{i}.png", 2, rng)

    made.run()

    assert seen == {"features": 2 * 3, "embeddings": 3}
    assert made.rows("select count(*) as n from latest.images") == [{"n": 73}]
    assert made.rows("select n from latest.model_scores") == [{"n": 73}] * 2
    assert made.rows("select count(*) as n from main.runs") == [{"n": 2}]


def test_a_removed_picture_is_gone_and_nothing_is_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    (made.folder / "pictures" / "cat" / "003.png").unlink()

    made.run()

    assert seen == {}
    assert made.rows("select n from latest.model_scores") == [{"n": 69}] * 2


def test_a_new_model_alone_is_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    world.save_model(made.folder / "eff.safetensors", "test_efficientnet", 5, num_classes=9)
    made.study.write_text(
        made.study.read_text()
        + '\n[[models]]\nid = "eff"\ntimm = "test_efficientnet"\ncheckpoint = "eff.safetensors"\n'
    )

    made.run()

    assert seen == {"features": 8 + 70}  # 8 of them for the proof of the head
    assert len(made.rows("from latest.model_scores")) == 3


def test_scores_do_not_depend_on_how_pictures_lie_in_shards(made):
    before = tables(made)
    shutil.rmtree(made.root.features)
    shutil.rmtree(made.root.runs)
    shutil.rmtree(made.root.published)
    made.rewrite("shard_size = 16", "shard_size = 27")

    made.run()

    after = tables(made)
    assert len(list(made.root.features.glob("res/*/*.parquet"))) == 3
    for name in ("model_scores", "class_scores", "image_scores"):
        for ours, theirs in zip(after[name], before[name], strict=True):
            for column, value in theirs.items():
                near = isinstance(value, float)
                assert ours[column] == (pytest.approx(value, abs=1e-4) if near else value), column


def test_other_arguments_of_the_same_weights_are_extracted_anew(made, monkeypatch):
    seen = count_features(monkeypatch)
    made.rewrite(
        "args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }\n\n[[models]]",
        'args = { global_pool = "max", pretrained_cfg_overlay = { input_size = [3, 64, 64] } }'
        "\n\n[[models]]",
    )

    outcome = made.run()

    assert outcome.worked
    assert seen == {"features": 8 + 70}


def test_a_picture_that_another_model_found_broken_is_left_out_of_all(made):
    shard = next(iter(sorted(made.root.features.glob("res/*/*.parquet"))))
    ids, vectors = parquet.read_vectors(shard)
    note = parquet.read_ids(shard)[1]
    path = made.rows(f"select path from images where image_id = '{ids[0]}'")[0]["path"]
    note["rejected"] = json.dumps({ids[0]: [path, "broken picture: as another Pillow saw it"]})
    shard.unlink()
    parquet.write_vectors(shard, ids[1:], vectors[1:], note)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    assert made.rows("select n from latest.model_scores") == [{"n": 69}] * 2
    assert [row["path"] for row in made.rows("from latest.rejected_images")] == [path]
