"""The map: a box that is drawn into it chooses pictures, and what they are is said."""

import shutil

import duckdb
import numpy as np
import pytest

from dashboards.charts import places as charts
from dashboards.page.choices import boxed
from tests.support import synthetic
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

BOX = {"x0": -0.5, "x1": 0.6, "y0": -1.0, "y1": 0.9, "cluster": 0}


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


def test_a_cluster_is_a_part_too_and_so_are_both_at_once(root):
    with duckdb.connect(str(root.published / "gen-1.duckdb"), read_only=True) as database:
        places = database.execute(
            "select a.image_id, a.x, p.cluster from main.image_map a join main.image_map p "
            "on p.image_id = a.image_id and p.side = 'picture' "
            "where a.model = 'model00' and a.side = 'original'"
        ).fetchall()
    for box, least in ((charts.Part(cluster=2), -9), (charts.Part((0, 9, -9, 9), 2), 0)):
        images = Warehouse(root).ask(
            "region_images", run="study0-0000", model="model00", most=500, **box.ends
        )
        expected = {i for i, x, cluster in places if cluster == 2 and x >= least}
        assert set(images["image_id"].to_pylist()) == expected
        assert 0 < len(expected) < len(places)


def test_clusters_are_told_by_the_phrases_nearest_to_them(root):
    answer = Warehouse(root).ask("map_clusters", run="study0-0000", model="model00", most=2)

    rows = answer.to_pylist()
    assert [row["cluster"] for row in rows] == [1, 2, 3, 4, 5]
    assert sum(row["n"] for row in rows) == 200
    for row in rows:
        part = Warehouse(root).ask(
            "region_phrases", run="study0-0000", model="model00", most=2,
            **charts.Part(cluster=row["cluster"]).ends,
        )  # fmt: skip
        nearest = [one["phrase"] for one in part.to_pylist() if one["apart_deg"] < 0][:2]
        assert (row["phrases"].split(", ") if row["phrases"] else []) == nearest


@pytest.mark.parametrize("side", ["original", "equivalent"])
def test_cells_count_every_picture(root, side):
    asked = {"side": side, "low": -1.2, "high": 1.2, "across": 12, **BOX}
    cells = (
        Warehouse(root).ask("map_cells", run="study0-0000", model="model00", **asked).to_pylist()
    )
    with duckdb.connect(str(root.published / "gen-1.duckdb"), read_only=True) as database:
        x, y, energy, inside = database.execute(
            f"select array_agg(a.x order by a.image_id), array_agg(a.y order by a.image_id), "
            "array_agg(s.is_deg order by a.image_id), "
            f"(select count(*) from main.image_map where model = 'model00' and side = 'original' "
            "and x between -0.5 and 0.6 and y between -1.0 and 0.9) "
            f"from main.image_map a join main.image_scores s using (model, image_id) "
            f"where a.model = 'model00' and a.side = '{side}'"
        ).fetchone()
    edges = np.linspace(-1.2, 1.2, 13)
    counted, *_ = np.histogram2d(x, y, bins=edges)
    summed, *_ = np.histogram2d(x, y, bins=edges, weights=energy)

    assert sum(cell["n"] for cell in cells) == 200
    assert round(sum(cell["n"] * cell["chosen"] for cell in cells)) == inside
    for cell in cells:
        place = round((cell["x"] + 1.2) / 0.2), round((cell["y"] + 1.2) / 0.2)
        assert cell["n"] == counted[place]
        assert cell["is_deg"] == pytest.approx(summed[place] / counted[place])


def test_many_pictures_are_drawn_as_cells(page, full, say, monkeypatch):
    monkeypatch.setattr(charts, "DRAWN", 20)
    for by in charts.COLORS:
        at = page("map", full, color=by, cluster="1")
        assert not at.exception
        assert "Each cell has the mean" in say(at)
        assert "60 pictures are counted" in say(at)


def test_the_page_shows_who_lies_in_the_box_of_its_address(page, full, say):
    at = page("map", full, box="-2,2,-2,2", color="is")

    assert not at.exception
    assert "60 pictures against all others" in say(at)
    assert len(at.dataframe) == 1
    assert "Clusters of the space" in say(page("map", full))
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


def test_nothing_is_named_right_where_the_head_has_other_classes(root, tmp_path):
    other = DataRoot(tmp_path)
    shutil.copytree(root.path, other.path, dirs_exist_ok=True)
    with duckdb.connect(str(other.published / "gen-1.duckdb")) as database:
        database.execute("update main.image_scores set predicted_class = 'a class of its own'")
    rows = ask(root, "region_scores"), ask(other, "region_scores")
    assert [any(row["figure"] == "is_right" for row in some) for some in rows] == [True, False]
    for question, asked in (
        ("map_points", {"most": 50}), ("map_clusters", {"most": 1}),
        ("map_cells", {"side": "original", "low": -1.2, "high": 1.2, "across": 9, **BOX}),
    ):  # fmt: skip
        whose = {"run": "study0-0000", "model": "model00", **asked}
        known = Warehouse(root).ask(question, **whose)["is_right"].to_pylist()
        assert not all(value is None for value in known)
        assert set(Warehouse(other).ask(question, **whose)["is_right"].to_pylist()) == {None}
