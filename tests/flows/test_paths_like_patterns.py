"""Folders whose names would be patterns: they are read as they are called."""

import json
import shutil

import pytest

from flows import cli
from flows.pictures.draw_scenes import draw_scenes, drawn, labels
from flows.study.images import Shapes
from tests.support.made import Made
from warehouse.layout import DataRoot

NAMES = ("exp [v1]", "[!a]* {b,c}")


@pytest.fixture(params=NAMES)
def moved(request, tmp_path):
    """Move a world, with its data root, into a folder of such a name."""

    def move(made):
        folder = tmp_path / request.param / "world"
        shutil.move(made.folder, folder)
        return Made(folder / "study.toml", DataRoot(folder / "data"))

    return move


def test_a_run_over_items_is_made_and_published(given, moved):
    given = moved(given)
    shutil.rmtree(given.root.path)

    assert given.run().worked

    (rows,) = given.rows("select count(*) as n from latest.image_scores where model = 'res'")
    assert rows["n"] == 70
    assert not given.run().worked


def test_a_run_over_pictures_is_found_asked_and_published_again(made, moved, capsys):
    made = moved(made)
    data = ["--data", str(made.root.path)]
    assert not made.run().worked
    looked = {path: path.stat().st_mtime_ns for path in made.root.scans.iterdir()}

    assert not made.run().worked

    # What was known of the files is not thrown away and written again.
    assert {path: path.stat().st_mtime_ns for path in made.root.scans.iterdir()} == looked
    for command in (
        ["rebuild"],
        ["phrase", "small", "red", "--json"],
        ["gc"],
        ["sql", "select count(*) as n from latest.images", "--format", "json"],
    ):
        capsys.readouterr()
        assert cli.command([*command, *data]) == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 70}]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_of_drawn_scenes_is_read(tmp_path, name):
    root, shapes = DataRoot(tmp_path / name), Shapes(n=16)
    draw_scenes(shapes, root)

    known = labels(drawn(shapes, root))

    assert known is not None
    assert known["path"].n_unique() == 16
