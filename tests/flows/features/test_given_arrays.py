"""A study over arrays: the same scores as of the networks that made them, and clear refusals."""

import shutil

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from tests.support import arrays
from tests.support.close import near
from tests.support.counted import count_features
from tests.support.spoil import edit
from warehouse.stored import parquet

#: What a run over arrays cannot know, or what names the run.
OTHER = {
    "images": {"width", "height"},
    "models": {"architecture", "weights_sha256", "logit_proof_max_abs", "preprocessing"},
}


@pytest.mark.parametrize(
    "table",
    [
        "images", "models", "concepts", "translators", "image_scores", "image_concept_scores",
        "class_scores", "concept_scores", "model_scores", "group_scores",
    ],
)  # fmt: skip
def test_arrays_have_the_scores_of_the_networks_that_made_them(given_once, made_once, table):
    keys = ("model", "image_id", "class_index", "concept_id", "concept_group")
    skip = {"run_id"} | OTHER.get(table, set())

    def rows(made):
        found = made.rows(f"from latest.{table}")
        return sorted(found, key=lambda row: [str(row.get(key)) for key in keys])

    ours, theirs = rows(given_once), rows(made_once)
    assert len(ours) == len(theirs) > 0
    for our, their in zip(ours, theirs, strict=True):
        for column in our.keys() - skip:
            value = their[column]
            assert our[column] == near(column, value), column


def test_what_arrays_cannot_tell_is_null(given_once):
    assert given_once.rows("select distinct width, height from latest.images") == [
        {"width": None, "height": None}
    ]
    assert given_once.rows(
        "select distinct architecture, logit_proof_max_abs as proof from latest.models"
    ) == [{"architecture": "arrays", "proof": None}]


def test_nothing_is_done_again(given):
    before = {path: path.stat().st_mtime_ns for path in given.root.path.rglob("*.parquet")}

    outcome = given.run()

    assert not outcome.worked
    assert before == {p: p.stat().st_mtime_ns for p in given.root.path.rglob("*.parquet")}


def test_a_lost_shard_alone_is_taken_again(given):
    whole = {path: parquet.read_vectors(path) for path in given.root.features.glob("res/*/*")}
    lost, (ids, rows) = next((p, v) for p, v in whole.items() if len(v[0]) == 16)
    lost.unlink()
    kept = {path: path.stat().st_mtime_ns for path in whole if path != lost}
    given.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    given.run()

    assert parquet.read_vectors(lost)[0] == ids
    np.testing.assert_array_equal(parquet.read_vectors(lost)[1], rows)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_other_texts_are_another_run_of_the_same_embeddings(given):
    folders = set(given.root.embeddings.glob("*/*"))
    edit("phrases.npz:phrases", lambda texts: -texts)(given.folder)

    outcome = given.run()

    assert outcome.worked
    assert set(given.root.embeddings.glob("*/*")) == folders


def test_arrays_beside_a_network_over_pictures(given, made_once, monkeypatch):
    shutil.copytree(made_once.folder / "pictures", given.folder / "pictures")
    shutil.copy(made_once.folder / "res.safetensors", given.folder)
    paths = pl.read_csv(given.folder / "items.csv")["id"].to_list()
    clip = load_file(given.folder / "clip.safetensors")["clip"]
    arrays.save_parquet(given.folder / "clip.parquet", paths, clip)
    given.rewrite('table = "items.csv"', 'root = "pictures"')
    given.rewrite("clip.safetensors", "clip.parquet")
    given.rewrite(
        'features = "res.npy"\nhead = "res.npz"',
        'timm = "test_resnet"\ncheckpoint = "res.safetensors"\n'
        "args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }",
    )
    seen = count_features(monkeypatch)

    given.run()

    assert seen == {"features": 8 + 70}
    query = "select is_median_deg, is_as_ratio from latest.model_scores order by model"
    for ours, theirs in zip(given.rows(query), made_once.rows(query), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_texts_and_classes_may_have_different_forms_of_unicode(given):
    def rename(name, old, new):
        table = pl.read_csv(given.folder / name) if name.endswith("csv") else None
        table = pl.read_parquet(given.folder / name) if table is None else table
        column = "class" if "class" in table.columns else "id"
        table = table.with_columns(pl.col(column).replace(old, new))
        write = table.write_csv if name.endswith("csv") else table.write_parquet
        write(given.folder / name)

    rename("items.csv", "cat", "p\u00e8re")
    rename("classes.parquet", "cat", "pe\u0300re")

    given.run()

    (row,) = given.rows(
        "select any_value(class_name) as name from latest.images where class_index = 4"
    )
    assert row["name"] == "p\u00e8re"
