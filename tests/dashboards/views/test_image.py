import shutil

from warehouse import tags
from warehouse.layout import DataRoot


def test_who_searches_leaves_the_image_that_was_looked_at(page, full):
    at = page("image", full)
    image = next(c.value for c in at.caption if "id " in c.value).split("id ")[-1]
    at = page("image", full, image=image.replace("\\", ""))

    next(box for box in at.text_input if box.label == "Search").set_value("class 0002").run()

    assert "image" not in at.query_params
    assert "find" in at.query_params


def test_a_picture_is_tagged_and_found_by_its_tag(page, full, say, tmp_path):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(full.path, root.path)
    at = page("image", root)
    (box,) = [one for one in at.multiselect if one.label == "Tags"]

    box.set_value(["odd"]).run()

    (row,) = tags.read(root)
    assert row["tag"] == "odd"
    again = page("image", root, tag="odd")
    assert not again.exception
    assert row["image_id"] in say(again)
    assert [one.value for one in again.selectbox if one.label == "Tag"] == ["odd"]
