import hashlib
import json

import duckdb
import numpy as np
import pytest
from PIL import Image

from dashboards.page import pictures
from dashboards.page.pictures import NoPictureError, thumbnail
from sing_core.files.images import decode
from tests.support.rows import add
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

    with pytest.raises(NoPictureError, match=r"fish/link.png is a link to a place outside"):
        thumbnail("r", "fish/link.png", digest(outside))


def test_nor_does_a_linked_folder(study):
    outside = study.parent / "elsewhere"
    outside.mkdir()
    (study.parent / "secret.png").rename(outside / "a.png")
    (study / "bird").symlink_to(outside)

    with pytest.raises(NoPictureError, match=r"bird/a.png is a link to a place outside"):
        thumbnail("r", "bird/a.png", digest(outside / "a.png"))


def test_a_link_within_the_folder_is_shown(study):
    (study / "fish" / "link.png").symlink_to("red.png")

    assert thumbnail("r", "fish/link.png", digest(study / "fish" / "red.png")).exists()


def test_a_picture_that_has_changed_since_is_not_shown(study):
    file = study / "fish" / "red.png"
    before = digest(file)
    Image.new("RGB", (80, 40), "green").save(file)

    with pytest.raises(NoPictureError, match="has changed since the run"):
        thumbnail("r", "fish/red.png", before)


def test_what_is_no_picture_is_told(study):
    file = study / "fish" / "text.png"
    file.write_text("not a picture")

    with pytest.raises(NoPictureError, match="not a picture that can be read"):
        thumbnail("r", "fish/text.png", digest(file))
    assert not list(study.parent.glob("data/thumbnails/*/*"))


def transparent(file):
    """Red that no viewer shows, under nothing but transparency; and a green corner."""
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 128, 0, 255), (0, 0, 32, 32))
    picture.save(file)


def sixteen_bit(file):
    values = np.full((64, 64), 20_000, np.uint16)
    values[:, :20] = 60_000
    Image.fromarray(values).save(file)


def palette(file):
    """Colors by number, one of them transparent."""
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([0, 0, 255, 255, 0, 0])
    picture.paste(0, (0, 0, 40, 40))
    picture.save(file, transparency=1)


def gray_and_alpha(file):
    Image.new("LA", (64, 64), (0, 60)).save(file)


def on_its_side(file):
    picture = Image.new("RGB", (64, 32), "white")
    picture.paste("navy", (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(file, exif=exif)


def plain(file):
    Image.new("RGB", (64, 64), "navy").save(file)


def printed(file):
    Image.new("CMYK", (64, 64), (200, 20, 0, 30)).save(file)


@pytest.mark.parametrize(
    ("draw", "ending", "at", "color"),
    [
        (transparent, "png", (48, 48), (255, 255, 255)),
        (sixteen_bit, "png", (48, 48), (78, 78, 78)),
        (palette, "png", (52, 52), (255, 255, 255)),
        (gray_and_alpha, "png", (9, 9), (195, 195, 195)),
        (on_its_side, "jpg", (16, 16), (0, 0, 128)),
        (printed, "jpg", (9, 9), None),
        (plain, "ppm", (9, 9), (0, 0, 128)),
    ],
)
def test_what_is_shown_is_what_the_model_saw(study, draw, ending, at, color):
    file = study / "fish" / f"picture.{ending}"
    draw(file)
    seen = np.asarray(decode(file.read_bytes()), np.int64)

    kept = thumbnail("r", f"fish/picture.{ending}", digest(file))

    with Image.open(kept) as opened:
        shown = np.asarray(opened.convert("RGB"), np.int64)
    assert shown.shape == seen.shape
    # WebP loses some detail: at most a few levels, but at edges.
    assert np.median(np.abs(shown - seen)) <= 3
    assert np.abs(shown - seen)[at[1], at[0]].max() <= 6
    if color is not None:
        assert np.abs(seen[at[1], at[0]] - color).max() <= 2


def test_a_film_is_refused_as_it_was_for_the_models(study):
    file = study / "fish" / "film.gif"
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    frames[0].save(file, save_all=True, append_images=frames[1:])

    with pytest.raises(NoPictureError, match="holds 2 frames"):
        thumbnail("r", "fish/film.gif", digest(file))


def test_a_thumbnail_of_another_decoder_is_not_shown_again(study, monkeypatch):
    file = study / "fish" / "red.png"
    before = thumbnail("r", "fish/red.png", digest(file))

    monkeypatch.setattr(pictures, "DECODER_VERSION", 2)

    assert thumbnail("r", "fish/red.png", digest(file)) != before


def test_where_the_data_root_cannot_be_written_pictures_are_shown_all_the_same(study, monkeypatch):
    file = study / "fish" / "red.png"
    (study.parent / "data" / "thumbnails").write_text("a file where a folder should be")

    shown = thumbnail("r", "fish/red.png", digest(file))

    assert isinstance(shown, Image.Image)
    assert shown.size == (256, 128)
