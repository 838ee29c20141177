import shutil
from pathlib import Path

import pytest

from flows.pictures.draw_scenes import SCENES, draw_first_scenes, draw_scenes, drawn, labels
from flows.pictures.find_images import find_images
from flows.study.images import Images, Shapes
from flows.study.load import load_study
from warehouse.layout import DataRoot

SHAPES = Shapes(n=300, seed=3)


@pytest.fixture
def study(made_once):
    images = Images(shapes=SHAPES)
    return load_study(made_once.study).model_copy(update={"images": images})


def test_the_first_scenes_are_those_that_a_run_looks_at_first(study, tmp_path):
    everything, few = DataRoot(tmp_path / "all"), DataRoot(tmp_path / "few")
    draw_scenes(SHAPES, everything)
    draw_first_scenes(SHAPES, few)

    whole, some = find_images(study, everything), find_images(study, few)

    assert len(some.images) < len(whole.images) == 300
    columns = ["image_id", "path", "class_index", "sha256"]
    assert some.images[:8].select(columns).equals(whole.images[:8].select(columns))
    assert some.classes == whole.classes
    assert set(some.images["image_id"]) < set(whole.images["image_id"])


def test_drawn_scenes_are_not_drawn_again(tmp_path):
    root = DataRoot(tmp_path)
    draw_scenes(Shapes(n=4), root)
    before = {path: path.stat().st_mtime_ns for path in drawn(Shapes(n=4), root).rglob("*.png")}

    draw_scenes(Shapes(n=4), root)

    assert len(before) == 4
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_scenes_that_were_damaged_or_deleted_are_drawn_again(tmp_path, capsys):
    root, shapes = DataRoot(tmp_path), Shapes(n=12)
    draw_scenes(shapes, root)
    folder = drawn(shapes, root)
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    first = min(before)
    shutil.rmtree(first.parent)
    spoiled = next(path for path in sorted(before) if path.exists())
    spoiled.write_bytes(before[spoiled][:-20] + bytes(20))
    capsys.readouterr()

    draw_scenes(shapes, root)

    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before
    n = sum(path.parent == first.parent for path in before) + 1
    assert f"{n} drawn scenes are missing or were changed, and are drawn again" in (
        capsys.readouterr().err
    )
    draw_scenes(shapes, root)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"PAR1")])
def test_scenes_without_their_list_are_drawn_again(tmp_path, spoil):
    root, shapes = DataRoot(tmp_path), Shapes(n=12)
    draw_scenes(shapes, root)
    before = labels(drawn(shapes, root))
    spoil(drawn(shapes, root) / SCENES)

    draw_scenes(shapes, root)

    assert labels(drawn(shapes, root)).equals(before)
