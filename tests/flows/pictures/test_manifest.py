"""Pictures of a run: broken ones, samples, and whose classes they are."""

import shutil

import pytest
from PIL import Image

from flows.pictures.manifest import ImagesError, TooManyRejectedError
from tests.support import world


def test_broken_pictures_are_listed_with_their_reason(fresh):
    pictures = fresh.folder / "pictures"
    (pictures / "cat" / "000.png").write_bytes(b"")
    whole = (pictures / "cat" / "001.png").read_bytes()
    (pictures / "cat" / "002.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (9, 9)).save(pictures / "beside.png")
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nmax_rejected = 0.1')

    fresh.run()

    reasons = {row["path"]: row["reason"] for row in fresh.rows("from latest.rejected_images")}
    assert reasons.keys() == {"cat/000.png", "cat/002.png", "beside.png"}
    assert "empty file" in reasons["cat/000.png"]
    assert "broken picture" in reasons["cat/002.png"]
    assert "beside the class folders" in reasons["beside.png"]
    assert fresh.rows("select n from latest.model_scores") == [{"n": 68}] * 2
    assert not fresh.run().worked


def test_too_many_broken_pictures_stop_the_run(fresh):
    for i in range(6):
        path = fresh.folder / "pictures" / "cat" / f"{i:03}.png"
        path.write_bytes(path.read_bytes()[:-400])

    with pytest.raises(
        TooManyRejectedError, match=r"of 70 .* more than images.max_rejected = 0.05"
    ):
        fresh.run()


def test_a_sample_is_drawn_evenly(fresh):
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nlimit = 20')

    fresh.run()

    rows = fresh.rows("select class_name, count(*) as n from latest.images group by all")
    assert sorted((r["class_name"], r["n"]) for r in rows) == [(c, 4) for c in world.CLASSES]


def test_named_classes_are_the_heads_own(fresh):
    (fresh.folder / "names.txt").write_text("\n".join(reversed(world.CLASSES)))
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nclass_names = "names.txt"')
    text = fresh.study.read_text()
    start, end = text.index("[[models]]"), text.index('[[models]]\nid = "byob"')
    fresh.study.write_text(text[:start] + text[end:])

    fresh.run()

    rows = fresh.rows("select distinct class_index, class_name from latest.images order by 1")
    assert [r["class_name"] for r in rows] == list(reversed(world.CLASSES))


def test_folders_that_are_no_classes_stop_the_run(fresh):
    (fresh.folder / "names.txt").write_text("apple\nboat\ncat\ndrum\nowl\n")
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nclass_names = "names.txt"')
    text = fresh.study.read_text()
    start, end = text.index("[[models]]"), text.index('[[models]]\nid = "byob"')
    fresh.study.write_text(text[:start] + text[end:])

    with pytest.raises(ImagesError, match="1 folders of .* 'eel'"):
        fresh.run()


def test_an_empty_folder_stops_the_run(fresh):
    shutil.rmtree(fresh.folder / "pictures")
    (fresh.folder / "pictures").mkdir()

    with pytest.raises(ImagesError, match="no pictures in .*need a folder a class"):
        fresh.run()
