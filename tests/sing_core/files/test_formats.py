"""Pictures known by their first bytes, whatever they are called."""

import pytest
from PIL import Image

from sing_core.files import images


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\x00\x01", "PSD"),
        (b"\x00\x00\x00\x20ftypisom", None),
        (b"P5 is a kind of file", None),
        (b"BMW and others", None),
        (b"Python", None),
        (b"<svg>", None),
        (b"", None),
    ],
)
def test_pictures_are_told_from_other_files_by_their_first_bytes(tmp_path, start, kind):
    path = tmp_path / "a"
    path.write_bytes(start + bytes(40))

    assert images.format_of(path) == kind
    assert kind is None or not images.is_read(kind)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG", "AVIF"])
def test_those_that_are_read_are_known_too(tmp_path, kind):
    path = tmp_path / "a"
    Image.effect_noise((40, 30), 50).convert("RGB").save(path, kind)

    assert images.format_of(path) == kind
    assert images.is_read(kind)
