"""What was noted of picture files is what was written, or it is noted anew."""

import os

import polars as pl
import pytest

from flows.pictures.draw_scenes import SCENES, draw_scenes, drawn, labels
from flows.pictures.scans import look_at_sample
from flows.study.images import Images, Shapes
from sing_core.files.folder_walk import list_files
from tests.support import world
from tests.support.bits import flipped_everywhere
from warehouse.layout import DataRoot
from warehouse.stored import sums


@pytest.fixture
def look(tmp_path):
    """Look at the same pictures again, as the next run would."""
    world.draw_pictures(tmp_path / "pictures", n_per_class=1)
    folder, root = tmp_path / "pictures", DataRoot(tmp_path / "data")
    listed = list_files(folder).files

    def look():
        return look_at_sample(Images(root=folder), folder, listed, root)

    look.scans = root.scans
    return look


def test_no_flipped_bit_of_what_was_noted_is_taken_for_a_picture(look):
    first = look()
    (notebook,) = look.scans.glob("*.parquet")
    before = notebook.stat()

    # Polars ends the process at some damaged lengths: all of this is one process.
    for n, _ in enumerate(flipped_everywhere(notebook)):
        if n % 17:
            continue
        os.utime(notebook, ns=(before.st_atime_ns, before.st_mtime_ns + n))
        assert look().equals(first)
        assert sums.problem(look.scans, notebook) is None


@pytest.mark.parametrize("content", [b"", b"no Parquet", None])
def test_a_notebook_that_an_earlier_version_left_is_read_or_made_anew(look, content):
    first = look()
    (notebook,) = look.scans.glob("*.parquet")
    (look.scans / sums.NAME).unlink()
    if content is not None:
        notebook.write_bytes(content)

    assert look().equals(first)
    assert pl.read_parquet(notebook).equals(first.sort("path"))


def test_no_flipped_bit_of_what_scenes_show_is_taken_for_a_label(tmp_path):
    root, shapes = DataRoot(tmp_path), Shapes(n=6)
    draw_scenes(shapes, root)
    listed = drawn(shapes, root) / SCENES
    first, before = labels(drawn(shapes, root)), listed.stat()

    for n, _ in enumerate(flipped_everywhere(listed)):
        if n % 41:
            continue
        os.utime(listed, ns=(before.st_atime_ns, before.st_mtime_ns + n))
        draw_scenes(shapes, root)
        assert labels(drawn(shapes, root)).equals(first)
