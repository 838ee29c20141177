"""Pictures to be wary of: one content under several classes, copies, and blank ones."""

import shutil

import polars as pl
import pytest
from PIL import Image

from flows.pictures.flags import flags_of
from flows.pictures.manifest import ImagesError


def images(*rows):
    columns = ["image_id", "path", "class_index", "class_name", "sha256", "blank"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_flags_by_hand():
    found = flags_of(
        images(
            ("1", "a/1", 0, "ape", "x", False),
            ("2", "a/2", 0, "ape", "x", False),  # a copy, and the same is under bee
            ("3", "b/1", 1, "bee", "x", False),
            ("4", "b/2", 1, "bee", "y", True),
            ("5", "c/1", 2, "cat", "z", False),
            ("6", "c/0", 2, "cat", "z", False),
        )
    )

    assert found.rows() == [
        ("1", "label_conflict", "the same bytes as b/1, of class bee"),
        ("2", "copy", "the same bytes as a/1"),
        ("2", "label_conflict", "the same bytes as b/1, of class bee"),
        ("3", "label_conflict", "the same bytes as a/1, of class ape"),
        ("4", "blank", "99 % of its middle are of one color, but for 10 of 255 levels"),
        ("5", "copy", "the same bytes as c/0"),
    ]
    assert flags_of(images().drop("blank")).is_empty()


@pytest.fixture
def flagged(fresh):
    pictures = fresh.folder / "pictures"
    shutil.copy(pictures / "cat" / "001.png", pictures / "eel" / "twin.png")
    shutil.copy(pictures / "boat" / "002.png", pictures / "boat" / "003.png")
    Image.new("RGB", (40, 40), "white").save(pictures / "drum" / "004.png")
    return fresh


def test_a_run_stores_them_and_says_so(flagged, capsys):
    flagged.run()

    rows = flagged.rows("select path, flag from latest.image_flags join latest.images using "
                        "(run_id, image_id) order by path")  # fmt: skip
    assert [(row["path"], row["flag"]) for row in rows] == [
        ("boat/003.png", "copy"), ("cat/001.png", "label_conflict"),
        ("drum/004.png", "blank"), ("eel/twin.png", "label_conflict"),
    ]  # fmt: skip
    said = capsys.readouterr().err
    assert (
        "to be wary of: 2 under several classes with the same bytes, 1 copies within their class, "
        "1 of hardly more than one color (table image_flags)" in " ".join(said.split())
    )


def test_a_study_can_leave_them_out(flagged):
    flagged.rewrite(
        'root = "pictures"', 'root = "pictures"\nleave_out = ["label_conflict", "copy", "blank"]'
    )

    flagged.run()

    gone = {"boat/003.png", "cat/001.png", "drum/004.png", "eel/twin.png"}
    assert flagged.rows("select count(*) as n from latest.images") == [{"n": 67}]
    refused = flagged.rows("from latest.rejected_images")
    assert {row["path"] for row in refused} == gone
    assert all(row["reason"].startswith("left out by images.leave_out as a ") for row in refused)
    assert flagged.rows("from latest.image_flags") == []


def test_to_leave_all_out_is_refused(fresh):
    for path in (fresh.folder / "pictures").glob("*/*.png"):
        Image.new("RGB", (9, 9), "red").save(path)
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nleave_out = ["blank"]')

    with pytest.raises(ImagesError, match=r"leave_out = \['blank'\] leaves no picture of 70"):
        fresh.run()
