"""The map: a box that is drawn into it chooses pictures, and what they are is said."""

import duckdb
import pytest

from dashboards.page.choices import boxed
from tests.support import synthetic
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

BOX = {"x0": -0.5, "x1": 0.6, "y0": -1.0, "y1": 0.9}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = DataRoot(tmp_path_factory.mktemp("map"))
    synthetic.publish(root, synthetic.Size(runs=1, images=200))
    return root


def ask(root, question, **parameters):
    return (
        Warehouse(root)
        .ask(question, run="study0-0000", model="model00", **BOX, **parameters)
        .to_pylist()
    )


def test_a_region_is_counted_by_another_route(root):
    with duckdb.connect(str(root.published / "gen-1.duckdb"), read_only=True) as database:
        places = database.execute(
            "select image_id, x, y from main.image_map "
            "where model = 'model00' and side = 'original'"
        ).fetchall()
        scores = dict(
            database.execute(
                "select image_id, is_deg from main.image_scores where model = 'model00'"
            ).fetchall()
        )
    inside = {i for i, x, y in places if -0.5 <= x <= 0.6 and -1.0 <= y <= 0.9}
    assert 0 < len(inside) < len(places)

    images = ask(root, "region_images", most=500)
    assert {row["image_id"] for row in images} == inside
    assert {row["n"] for row in images} == {len(inside)}
    (row,) = [row for row in ask(root, "region_scores") if row["figure"] == "is_deg"]
    mean = [
        sum(scores[i] for i in ids) / len(ids) for ids in (inside, {p[0] for p in places} - inside)
    ]
    assert row["inside"] == pytest.approx(mean[0])
    assert row["apart"] == pytest.approx(mean[0] - mean[1])
    assert row["low"] < row["apart"] < row["high"]


def test_phrases_that_set_a_region_apart_have_intervals(root):
    phrases = ask(root, "region_phrases", most=2)

    assert 0 < len(phrases) <= 4
    for row in phrases:
        assert row["low_deg"] <= row["apart_deg"] <= row["high_deg"]


def test_the_page_shows_who_lies_in_the_box_of_its_address(page, full, say):
    at = page("map", full, box="-2,2,-2,2", color="is")

    assert not at.exception
    assert "60 pictures against all others" in say(at)
    assert len(at.dataframe) == 1
    none = page("map", full, box="8,9,8,9")
    assert "No picture lies there" in say(none)
    odd = page("map", full, box="a,b")
    assert not odd.exception


def test_a_drawn_box_becomes_a_choice(monkeypatch):
    taken = {}
    monkeypatch.setattr("dashboards.page.choices.set_choice", taken.__setitem__)

    class State:
        def __init__(self, box):
            self.selection = {"box": box}

    boxed("box", "x", "y", lambda: State({"x": [0.5, -0.25], "y": [0.1, 0.2]}))()
    assert taken == {"box": "-0.25,0.5,0.1,0.2"}
    boxed("box", "x", "y", lambda: State({}))()
    assert taken == {"box": "-0.25,0.5,0.1,0.2"}
