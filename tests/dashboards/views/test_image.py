import shutil

from warehouse import tags
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


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


def test_the_phrases_of_an_image_come_by_what_is_its_own(full):
    ask = Warehouse(full).ask
    (run, *_) = (row["run_id"] for row in ask("runs").to_pylist() if row["status"] == "finished")
    for image_id in ask("image_classes", run=run)["image_id"].to_pylist()[:5]:
        rows = ask("image_concepts", run=run, model="model00", image=image_id).to_pylist()
        own = [abs(row["own_as_mean_deg"]) for row in rows if row["own_as_mean_deg"] is not None]
        assert len(own) > 3
        assert own == sorted(own, reverse=True)
