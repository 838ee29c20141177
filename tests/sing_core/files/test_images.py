import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from sing_core.files import images
from sing_core.files.images import RejectedImageError, decode
from sing_core.files.look import inspect


def encoded(image, kind, **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width, height):
    """A PNG's first bytes, of any claimed size."""
    header = b"IHDR" + struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + b"\0\0\0\0"


def noise(size=(40, 30), mode="RGB"):
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], channels), np.uint8)
    return (
        Image.fromarray(values.squeeze(), mode) if channels < 2 else Image.fromarray(values, mode)
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG", "AVIF"])
def test_usual_formats_keep_their_colors(kind):
    flat = Image.new("RGB", (40, 30), (200, 40, 90))

    decoded = decode(encoded(flat, kind, **({"lossless": True} if kind == "WEBP" else {})))

    assert (decoded.mode, decoded.size) == ("RGB", (40, 30))
    np.testing.assert_allclose(np.asarray(decoded).mean(axis=(0, 1)), (200, 40, 90), atol=2)


def test_sixteen_bit_gray_is_scaled_and_not_clipped():
    values = np.array([[0, 257 * 100, 65535]], np.uint16)

    decoded = decode(encoded(Image.fromarray(values), "PNG"))

    np.testing.assert_array_equal(np.asarray(decoded)[0, :, 0], [0, 100, 255])


def test_a_sixteen_bit_pgm_is_scaled_by_its_own_white():
    values = np.array([[0, 1000, 4095]], ">u2")

    decoded = decode(b"P5 3 1 4095\n" + values.tobytes())

    np.testing.assert_allclose(
        np.asarray(decoded)[0], [[0] * 3, [1000 / 4095 * 255] * 3, [255] * 3], atol=0.6
    )


def test_text_beside_the_pixels_does_not_matter(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "a node of a graph " * 300_000, zip=True)
    text.add_text("plain", "x" * 2_000_000)
    path = tmp_path / "a.png"
    path.write_bytes(encoded(noise(), "PNG", pnginfo=text))

    assert inspect(path).width == 40
    np.testing.assert_array_equal(np.asarray(decode(path.read_bytes())), np.asarray(noise()))


@pytest.mark.parametrize("kind", [1, 4])
def test_a_small_copy_or_a_mask_behind_a_tiff_is_no_second_page(tmp_path, kind):
    first, behind = noise(), noise((8, 6))
    behind.encoderinfo = {"tiffinfo": {254: kind}}
    path = tmp_path / "a.tif"
    first.save(path, save_all=True, append_images=[behind])

    assert inspect(path).width == 40
    np.testing.assert_array_equal(np.asarray(decode(path.read_bytes())), np.asarray(first))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_on_white(mode):
    image = Image.new("RGBA", (4, 2), (255, 0, 0, 255))
    image.putpixel((0, 0), (0, 0, 255, 0))  # blue that nobody is meant to see
    if mode == "LA":
        image = image.convert("LA")
    if mode == "PA":
        image = image.quantize(4)

    decoded = decode(encoded(image, "PNG"))

    assert decoded.getpixel((0, 0)) == (255, 255, 255)
    assert decoded.getpixel((2, 1)) == ((76, 76, 76) if mode == "LA" else (255, 0, 0))


def test_a_transparent_palette_color_is_laid_on_white():
    image = Image.new("P", (3, 1), 0)
    image.putpalette([0, 0, 255, 255, 0, 0])
    image.putpixel((1, 0), 1)

    decoded = decode(encoded(image, "PNG", transparency=0))

    assert [decoded.getpixel((x, 0)) for x in range(2)] == [(255, 255, 255), (255, 0, 0)]


def test_cmyk_is_converted():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))

    assert decode(encoded(image, "TIFF")).getpixel((4, 4)) == (255, 0, 0)
    np.testing.assert_allclose(
        decode(encoded(image, "JPEG", quality=95)).getpixel((4, 4)), (255, 0, 0), atol=4
    )


def test_an_exif_rotation_is_applied(tmp_path):
    upright = Image.new("RGB", (40, 20), "white")
    upright.paste("black", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned; to be shown a quarter turn clockwise
    path = tmp_path / "a.jpg"
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)

    decoded = decode(path.read_bytes())

    assert decoded.size == (40, 20)
    assert np.asarray(decoded)[10, 5, 0] < 20
    assert np.asarray(decoded)[10, 35, 0] > 235
    assert (inspect(path).width, inspect(path).height) == (40, 20)


def test_a_phones_multi_picture_file_is_its_first_picture():
    first, preview = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (8, 6), "blue")

    content = encoded(first, "MPO", save_all=True, append_images=[preview])

    assert decode(content).size == (40, 30)
    np.testing.assert_allclose(decode(content).getpixel((5, 5)), (255, 0, 0), atol=4)


def frames(kind, **options):
    return encoded(noise(), kind, save_all=True, append_images=[noise(mode="L")], **options)


REFUSED = {
    "empty file": b"",
    "not a picture": b"hello, I am text",
    "holds 2 frames": frames("GIF"),
    "holds 2 frames ": frames("WEBP", lossless=True),
    "holds 2 frames  ": frames("PNG", default_image=False),
    "holds 2 pages": frames("TIFF"),
    "too large: more than 178,956,970 pixels": png(60000, 60000),
    "too large: 9500 × 9500": png(9500, 9500),
    "too thin: 1 × 101": encoded(Image.new("RGB", (1, 101)), "PNG"),
    "pixel format F": encoded(Image.new("F", (9, 9)), "TIFF"),
    "pixel format I ": encoded(Image.new("I", (9, 9)), "TIFF"),
    "broken picture": encoded(noise((200, 200)), "JPEG")[:2500],
    "broken picture ": encoded(noise((200, 200)), "PNG")[:2500],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_used_is_refused_with_a_reason(reason):
    with pytest.raises(RejectedImageError, match=reason.strip() if reason[-1] == " " else reason):
        decode(REFUSED[reason])


@pytest.mark.parametrize("reason", [r for r in REFUSED if not r.startswith("broken")])
def test_the_header_alone_tells_all_but_broken_pixels(tmp_path, reason):
    path = tmp_path / "a.png"
    path.write_bytes(REFUSED[reason])

    with pytest.raises(RejectedImageError, match=reason.strip() if reason[-1] == " " else reason):
        inspect(path)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_a_picture_without_pixels_is_refused(size):
    with pytest.raises(RejectedImageError):
        decode(png(*size))


def test_no_prefix_of_a_picture_passes_for_it():
    content = encoded(noise((64, 64)), "PNG")

    for length in range(0, len(content) - 12, 97):  # the last 12 bytes only say "the end"
        with pytest.raises(RejectedImageError):
            decode(content[:length])


def test_random_damage_is_decoded_or_refused_but_never_crashes(rng):
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"):
        content = bytearray(encoded(noise(), kind))
        for _ in range(60):
            damaged = bytearray(content)
            for place in rng.integers(0, len(content), 4):
                damaged[place] = rng.integers(256)
            try:
                assert decode(bytes(damaged)).mode == "RGB"
            except RejectedImageError as error:
                assert str(error)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(RejectedImageError, match="cannot be read: No such file"):
        inspect(tmp_path / "none.png")


def test_the_pixel_limit_is_pillows_own():
    assert Image.MAX_IMAGE_PIXELS == images.MAX_PIXELS


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "WEBP", "GIF"]
)  # the others take as much whatever they show
def test_looking_at_a_file_does_not_decode_its_pixels(tmp_path, monkeypatch, kind):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(noise().resize((400, 300)), kind))
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)

    assert (inspect(path).width, inspect(path).height) == (400, 300)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_picture_of_one_color_is_blank_in_every_format(tmp_path, kind):
    pixels = np.full((300, 400, 3), 250, np.uint8)
    pixels[40:60, 100:120] = 0  # less than one hundredth
    path = tmp_path / "a"
    path.write_bytes(encoded(Image.fromarray(pixels), kind))
    assert inspect(path).blank
    pixels[100:200, 150:250] = 90
    path.write_bytes(encoded(Image.fromarray(pixels), kind))
    assert not inspect(path).blank


def test_what_is_beside_the_middle_square_does_not_count(tmp_path):
    pixels = np.full((100, 300, 3), 20, np.uint8)
    pixels[:, :90] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert inspect(tmp_path / "a.png").blank
    pixels[:, :150] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert not inspect(tmp_path / "a.png").blank


def test_a_truncated_picture_is_not_called_blank(tmp_path):
    content = encoded(Image.new("RGB", (900, 900)), "JPEG")
    (tmp_path / "a.jpg").write_bytes(content[: len(content) // 2])
    assert not inspect(tmp_path / "a.jpg").blank
