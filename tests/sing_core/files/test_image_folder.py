import os

import polars as pl
import pytest
from PIL import Image

from sing_core.files.folder_walk import list_files
from sing_core.files.image_folder import FILES, image_id, look_at, sample, split


def draw(path, color="red", size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


@pytest.fixture
def folder(tmp_path):
    draw(tmp_path / "cat" / "a.png")
    draw(tmp_path / "cat" / "deep" / "er" / "B.PNG", "blue")
    draw(tmp_path / "dog" / "a.webp", "green")
    draw(tmp_path / "beside.png")
    draw(tmp_path / "dog" / ".hidden.png")
    (tmp_path / "dog" / "notes.txt").write_text("no picture")
    return tmp_path


def test_pictures_are_found_in_nested_folders(folder):
    found = list_files(folder)

    assert found.odd.is_empty()
    assert found.folders == ["cat", "dog"]
    files = found.files
    assert dict(zip(files["path"], files["folder"], strict=True)) == {
        "beside.png": "",
        "cat/a.png": "cat",
        "cat/deep/er/B.PNG": "cat",
        "dog/a.webp": "dog",
    }


def test_links_are_followed_but_not_in_circles(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    draw(elsewhere / "c.png")
    (folder / "bird").symlink_to(elsewhere)
    (folder / "cat" / "up").symlink_to(folder)

    paths = list_files(folder).files["path"].to_list()

    assert "bird/c.png" in paths
    assert not [path for path in paths if path.startswith("cat/up")]


def test_links_upwards_and_into_the_kernel_are_not_followed(folder):
    for name, target in {"all": "/", "kernel": "/proc", "beside": folder.parent}.items():
        (folder / "cat" / name).symlink_to(target)
    os.mkfifo(folder / "cat" / "pipe.png")
    (folder / "cat" / "gone.txt").symlink_to("nowhere.txt")

    found = list_files(folder)

    assert len(found.files) == 4
    assert dict(found.passed_over.iter_rows()) == {
        "cat/all/": "a link to a folder that it is in",
        "cat/beside/": "a link to a folder that it is in",
        "cat/gone.txt": "a link to nothing",
        "cat/kernel/": "a link to /proc, which holds no pictures",
        "cat/pipe.png": "neither a file nor a folder",
        "dog/.hidden.png": "hidden",
        "dog/notes.txt": "no picture by its content",
    }


def test_an_id_is_of_path_and_content_alone():
    assert image_id("a/b.png", "12") == image_id("a/b.png", "12")
    assert len({image_id(p, s) for p in ("a", "b") for s in ("1", "2")}) == 4


def test_a_known_file_is_not_read_again_and_a_changed_one_is(folder):
    files = list_files(folder).files
    first = look_at(folder, files, FILES.to_frame())
    known = first.with_columns(sha256=pl.lit("remembered"))

    (folder / "cat" / "a.png").write_bytes(b"changed")
    again = look_at(folder, list_files(folder).files, known)

    by_path = {row["path"]: row for row in again.to_dicts()}
    assert by_path["dog/a.webp"]["sha256"] == "remembered"
    assert by_path["cat/a.png"]["sha256"] is None
    assert "not a picture" in by_path["cat/a.png"]["reason"]
    assert (by_path["beside.png"]["width"], by_path["beside.png"]["height"]) == (8, 6)


def listing(**classes):
    rows = [(f"{c}/{i}.png", c) for c, n in classes.items() for i in range(n)]
    return pl.DataFrame(rows, schema=["path", "folder"], orient="row")


def counts(frame):
    return dict(frame.group_by("folder").len().iter_rows())


def test_a_sample_is_balanced_as_far_as_classes_go():
    files = listing(a=50, b=50, c=3)

    drawn = sample(files, set(), limit=23, per_class=None, seed=0)

    assert counts(drawn) == {"a": 10, "b": 10, "c": 3}
    assert counts(sample(files, set(), limit=None, per_class=7, seed=0)) == {"a": 7, "b": 7, "c": 3}


def test_a_sample_is_seeded_and_stable():
    files = listing(a=40, b=40)
    drawn = set(sample(files, set(), limit=20, per_class=None, seed=5)["path"])

    again = set(sample(files, set(), limit=20, per_class=None, seed=5)["path"])
    other = set(sample(files, set(), limit=20, per_class=None, seed=6)["path"])
    grown = set(sample(listing(a=42, b=40), set(), limit=20, per_class=None, seed=5)["path"])

    assert drawn == again != other
    assert len(drawn & grown) >= 18


def test_a_refused_file_gives_its_place_to_the_next():
    files = listing(a=10)
    drawn = sample(files, set(), limit=None, per_class=4, seed=0)["path"].to_list()

    without = sample(files, {drawn[0]}, limit=None, per_class=4, seed=0)["path"].to_list()

    assert len(without) == 4
    assert set(drawn[1:]) < set(without)


def images(n_classes=4, n=20):
    return pl.DataFrame(
        {
            "class_index": [c for c in range(n_classes) for _ in range(n)],
            "sha256": [f"{c}-{i}" for c in range(n_classes) for i in range(n)],
        }
    )


def test_the_split_is_even_within_classes_and_seeded():
    frame = images()

    sides = split(frame, holdout=0.2, seed=0)

    held = frame.filter(sides == "holdout").group_by("class_index").len()
    assert sorted(held.iter_rows()) == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert sides.equals(split(frame, holdout=0.2, seed=0))
    assert not sides.equals(split(frame, holdout=0.2, seed=1))
    assert set(split(frame, holdout=0.0, seed=0)) == {"fit"}


@pytest.mark.parametrize(("n", "held"), [(1, 0), (2, 1), (3, 1), (8, 2)])
def test_small_classes_keep_one_on_each_side(n, held):
    assert (split(images(1, n), holdout=0.2, seed=0) == "holdout").sum() == held


def test_copies_of_a_picture_stay_on_one_side():
    frame = images()
    copies = frame.with_columns(class_index=(pl.col("class_index") + 1) % 4)
    both = pl.concat([frame, copies])

    sides = both.with_columns(side=split(both, holdout=0.2, seed=0))

    assert sides.group_by("sha256").agg(pl.col("side").n_unique())["side"].max() == 1


def test_odd_entries_are_listed_with_a_reason_and_stop_nothing(folder):
    cat = folder / "cat"
    (cat / "gone.png").symlink_to("nowhere.png")
    (cat / "self.png").symlink_to("self.png")
    (cat / "odd.png").mkdir()
    (folder / b"cat/caf\xe9.png".decode("utf-8", "surrogateescape")).write_bytes(b"")

    found = list_files(folder)

    assert len(found.files) == 4
    reasons = dict(found.odd.iter_rows())
    assert reasons.pop("cat/caf\\xe9.png") == "the name is not UTF-8; rename it"
    assert reasons.pop("cat/gone.png") == "a link to nothing"
    assert reasons.keys() == {"cat/self.png"}


def test_a_file_that_vanishes_is_refused(folder):
    files = list_files(folder).files
    (folder / "cat" / "a.png").unlink()

    looked = look_at(folder, files, FILES.to_frame())

    (reason,) = looked.filter(pl.col("path") == "cat/a.png")["reason"]
    assert reason == "cannot be read: No such file or directory"
