import hashlib
import json

import duckdb
import pytest
from PIL import Image

from dashboards.page import pictures
from dashboards.page.pictures import NoPictureError, thumbnail
from tests.rows import add
from warehouse import schema
from warehouse.layout import DataRoot


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A run of a study with a folder of pictures, and a picture beside the folder."""
    pictures._folders.clear()
    folder = tmp_path / "pictures"
    (folder / "fish").mkdir(parents=True)
    Image.new("RGB", (800, 400), "red").save(folder / "fish" / "red.png")
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "secret.png")
    root = DataRoot(tmp_path / "data")
    root.published.mkdir(parents=True)
    with duckdb.connect(str(root.published / "gen-1.duckdb")) as database:
        schema.create(database)
        config = json.dumps({"images": {"root": str(folder)}})
        add(database, "runs", {"run_id": "r", "study": "s", "config_json": config})
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")
    monkeypatch.setenv("SING_DATA", str(root.path))
    return folder


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_thumbnail_is_made_once_and_small(study):
    file = study / "fish" / "red.png"

    first = thumbnail("r", "fish/red.png", digest(file))
    made_at = first.stat().st_mtime_ns
    again = thumbnail("r", "fish/red.png", digest(file))

    with Image.open(first) as small:
        assert small.size == (256, 128)
        assert small.format == "WEBP"
        red, green, blue = small.convert("RGB").getpixel((50, 50))
    assert red > 240 > 20 > max(green, blue)
    assert again == first
    assert again.stat().st_mtime_ns == made_at
    assert [path.name for path in first.parent.iterdir()] == [first.name]


@pytest.mark.parametrize("path", ["../secret.png", "fish/../../secret.png", "/etc/hostname"])
def test_a_path_does_not_lead_out_of_the_studys_folder(study, path):
    outside = study.parent / "secret.png"

    with pytest.raises(NoPictureError, match="not where it was"):
        thumbnail("r", path, digest(outside))


def test_a_link_does_not_lead_out_of_it_either(study):
    outside = study.parent / "secret.png"
    (study / "fish" / "link.png").symlink_to(outside)

    with pytest.raises(NoPictureError, match="not where it was"):
        thumbnail("r", "fish/link.png", digest(outside))


def test_a_picture_that_has_changed_since_is_not_shown(study):
    file = study / "fish" / "red.png"
    before = digest(file)
    Image.new("RGB", (80, 40), "green").save(file)

    with pytest.raises(NoPictureError, match="has changed since the run"):
        thumbnail("r", "fish/red.png", before)


def test_what_is_no_picture_is_told(study):
    file = study / "fish" / "text.png"
    file.write_text("not a picture")

    with pytest.raises(NoPictureError, match="cannot be read"):
        thumbnail("r", "fish/text.png", digest(file))
    assert not list(study.parent.glob("data/thumbnails/*/*"))


def test_where_the_data_root_cannot_be_written_pictures_are_shown_all_the_same(study, monkeypatch):
    file = study / "fish" / "red.png"
    (study.parent / "data" / "thumbnails").write_text("a file where a folder should be")

    shown = thumbnail("r", "fish/red.png", digest(file))

    assert isinstance(shown, Image.Image)
    assert shown.size == (256, 128)
