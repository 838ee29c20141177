"""Pictures in tar archives and Parquet: the same pictures, classes and features as in folders."""

import pytest

from dashboards.page import pictures as page
from flows.pictures.find_images import find_images
from flows.study.load import StudyError, load_study
from sing_core.files.contents import ContainerError
from tests.support.containers import (
    as_csv,
    as_list,
    as_parquet,
    as_shards,
    as_tar,
    found,
    hugging_face,
    known,
)
from tests.support.world import CLASSES
from warehouse.stored import parquet

WAYS = [as_tar, as_parquet, as_shards(".txt"), as_shards(".json"), as_list, as_csv]


@pytest.mark.parametrize("write", WAYS)
def test_they_are_the_pictures_and_classes_of_the_folders(fresh, folder, write):
    in_folders = known(found(fresh, '"pictures"'))

    manifest = found(fresh, write(fresh.folder, folder))

    assert known(manifest) == in_folders
    assert len(manifest.rejected) == 0
    assert manifest.images["path"].n_unique() == len(in_folders) == 70


def test_classes_by_number_are_named_by_the_study(fresh, folder):
    in_folders = known(found(fresh, '"pictures"'))
    root = as_shards(".cls")(fresh.folder, folder)

    numbered = found(fresh, root)
    text = fresh.study.read_text()  # of two models, that whose head has these classes
    start, end = text.index("[[models]]"), text.rindex("[[models]]")
    fresh.study.write_text(text[:start] + text[end:])
    (fresh.folder / "names.txt").write_text("\n".join(CLASSES))
    fresh.rewrite("[images]", '[images]\nclass_names = "names.txt"')
    named = find_images(load_study(fresh.study), fresh.root)

    assert numbered.classes.names == ["0", "1", "2", "3", "4"]
    assert known(named) == in_folders
    assert named.classes.are_heads


@pytest.mark.parametrize("write", [as_shards(".json"), as_list, as_csv])
def test_features_and_thumbnails_are_those_of_the_folders(fresh, folder, write, monkeypatch):
    fresh.run()
    before = features(fresh)
    found(fresh, write(fresh.folder, folder))

    fresh.run()

    assert features(fresh) == before
    monkeypatch.setenv("SING_DATA", str(fresh.root.path))
    monkeypatch.setattr(page, "_folders", page._folders.__wrapped__)
    (run,) = fresh.rows("select run_id from latest.runs")
    for row in fresh.rows("from latest.images")[::23]:
        kept = page.thumbnail(run["run_id"], row["path"], row["sha256"])
        assert kept.is_relative_to(fresh.root.thumbnails)
    assert not fresh.run().worked


def features(made):
    """Of the newest run: vectors by the pictures' content."""
    (run,) = made.rows("select run_id from latest.runs")
    images = made.rows("select image_id, sha256 from latest.images")
    paths = made.rows("select path from latest.artifacts where kind = 'features' and model = 'res'")
    assert run
    stored = [parquet.read_vectors(made.root.path / row["path"]) for row in paths]
    vectors = {one: tuple(row) for ids, rows in stored for one, row in zip(ids, rows, strict=True)}
    return {row["sha256"]: vectors[row["image_id"]] for row in images}


def test_a_page_says_what_a_changed_container_lacks(fresh, folder, monkeypatch):
    root = as_parquet(fresh.folder, folder)
    manifest = found(fresh, root)
    path, sha256 = manifest.images.select("path", "sha256").row(-1)
    hugging_face(fresh.folder / "birds.parquet", folder, slice(0, 10))

    with pytest.raises(page.NoPictureError, match="is not where it was, or has changed"):
        page._content([fresh.folder], path, sha256)


def test_a_container_may_be_a_link_as_in_a_hubs_cache(fresh, folder, tmp_path):
    as_parquet(tmp_path, folder)
    (fresh.folder / "data").mkdir()
    (fresh.folder / "data" / "train.parquet").symlink_to(tmp_path / "birds.parquet")
    manifest = found(fresh, '"data/train.parquet"')
    path, sha256 = manifest.images.select("path", "sha256").row(0)

    assert page._content([fresh.folder / "data"], path, sha256)
    for other in (f"../data/{path}", f"{tmp_path}/{path}"):
        with pytest.raises(page.NoPictureError):
            page._content([fresh.folder / "pictures"], other, sha256)


@pytest.mark.parametrize("name", ["birds.tar", "birds.parquet"])
def test_what_is_no_container_is_told(fresh, name):
    (fresh.folder / name).write_bytes(b"neither of the two" * 100)

    with pytest.raises(ContainerError, match=f"{name} cannot be read: "):
        found(fresh, f'"{name}"')


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ('"gone.tar"', "does not exist; need a file"),
        ('["study.toml"]', "is no .tar, .parquet or .csv"),
        ("[]", "the list is empty"),
    ],
)
def test_a_root_that_cannot_be_is_told(fresh, root, why):
    with pytest.raises(StudyError, match=why):
        found(fresh, root)
