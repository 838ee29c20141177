import json
import shutil

import duckdb

from warehouse.layout import DataRoot


def test_two_classes_of_one_name_are_two_classes(page, full, tmp_path, say):
    root = DataRoot(tmp_path / "data")
    shutil.copytree(full.path, root.path)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        for table in ("images", "class_scores"):
            database.execute(
                f"update main.{table} set class_name = 'crane' where class_index in (1, 3)"
            )

    at = page("classes", root, **{"class": "crane (3)"})

    assert "not here" not in say(at)
    boxes = json.loads(at.get("vega_lite_chart")[0].proto.spec)
    assert "crane (1)" in json.dumps(boxes)
    assert next(box for box in at.selectbox if box.label == "Class").value == "crane (3)"


def test_a_chart_that_listens_says_what_a_click_does_and_its_caption_does_not(page, full, say):
    at = page("classes", full)

    assert "Click a bar to see its images." in say(at)
    assert "*class 0004* images leak" in say(at)
