"""Tags of pictures: a file that several may write at once."""

import csv
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from warehouse import tags
from warehouse.layout import DataRoot


def test_a_pictures_tags_are_those_that_were_given_last(tmp_path):
    root = DataRoot(tmp_path / "data")
    assert tags.read(root) == []

    tags.tag(root, "1", "a/1.png", ["odd", "  two  words "])
    tags.tag(root, "2", "b/2.png", ["odd"])
    tags.tag(root, "1", "a/1.png", ["odd", "", "new, with a comma"])

    assert [(row["tag"], row["image_id"]) for row in tags.read(root)] == [
        ("new, with a comma", "1"), ("odd", "1"), ("odd", "2"),
    ]  # fmt: skip
    with tags.file_of(root).open(newline="") as file:
        assert list(csv.DictReader(file)) == tags.read(root)
    tags.tag(root, "1", "a/1.png", [])
    assert [row["image_id"] for row in tags.read(root)] == ["2"]


def put(arguments):
    path, number = arguments
    tags.tag(DataRoot(path), str(number), f"{number}.png", ["mine"])


def test_two_who_tag_at_once_lose_nothing(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(put, [(tmp_path, number) for number in range(40)]))

    assert len(tags.read(DataRoot(tmp_path))) == 40


def test_results_from_elsewhere_are_not_tagged(tmp_path):
    root = DataRoot(tmp_path, bucket="s3://there/x", is_copy=True)

    with pytest.raises(tags.NotHereError, match="are read from elsewhere"):
        tags.tag(root, "1", "a.png", ["odd"])
