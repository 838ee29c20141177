"""Decoding one picture file into pixels that mean what they show.

A file is either handled right or refused with a reason. Nothing passes
silently as something else: no clipped 16-bit values, no hidden colors from
under a transparent background, no first frame of a film.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

EXTENSIONS = frozenset(
    (
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif",
        ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".avif",
    )
)  # fmt: skip
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "AVIF")

#: The same for people.
FORMATS_READ = "JPEG, PNG, WebP, AVIF, BMP, GIF, TIFF and PNM"

#: How pictures begin that are not read.
_NOT_READ = {
    "HEIC": rb".{4}ftyp(hei|hev|mif1|msf1)",
    "JPEG XL": rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n",
    "JPEG 2000": rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    "PSD": rb"8BPS\x00",
}

#: Raised when a file's pixels come out otherwise: what is kept of them is then made anew.
DECODER_VERSION = 1

#: How the reason starts where the trouble is not in the file's content.
UNREADABLE = "cannot be read"

#: Decoding takes 3 bytes a pixel and resizing as much again; this is Pillow's own limit.
MAX_PIXELS = 89_478_485
#: Scaling the short side of a 1 × 10,000 strip to 224 would make half a billion pixels.
MAX_ASPECT = 100

_EIGHT_BIT = frozenset(
    (
        "1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB",
        "HSV",
    )
)  # fmt: skip
_SIXTEEN_BIT = frozenset(["I;16", "I;16B", "I;16L", "I;16N"])
#: What a TIFF says of a page: bit 0 is set where it is a smaller copy of another, bit 2 of a mask.
_SUBFILE_TYPE = 254
_BESIDE_ANOTHER = 0b101

# Programs keep their settings in a PNG's text; by default, more than 1 MiB of it is an error.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 2**26

# What Pillow warns of (large pictures, damaged tags) is checked here, and refused with a reason.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")


class RejectedImageError(ValueError):
    """A file that cannot be used as a picture; its text is the reason."""


def format_of(path: Path) -> str | None:
    """The format of a picture by its first bytes, read or not; None of what is no picture.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(32)
        file.seek(0)
        try:
            with Image.open(file, formats=_FORMATS) as image:
                return image.format
        except Image.DecompressionBombError:
            return "picture"
        except Exception:  # a parser that stumbles over what is not its own
            known = (kind for kind, start in _NOT_READ.items() if re.match(start, head, re.DOTALL))
            return next(known, None)


def is_read(kind: str) -> bool:
    """Whether a format that :func:`format_of` found can be decoded."""
    return kind not in _NOT_READ


def decode(content: bytes, *, draft: int | None = None) -> Image.Image:
    """Decode a picture's bytes into upright 8-bit RGB.

    16-bit gray is scaled to 8 bits, transparency is laid on white, an EXIF
    rotation is applied. With ``draft``, a JPEG comes at a fraction of its
    size, no side shorter than that.

    Raises
    ------
    RejectedImageError
        If it is broken or truncated, or for the reasons of :func:`inspect`.
    """
    with refusing(), open_picture(BytesIO(content)) as image:
        if draft is not None:
            image.draft(None, (draft, draft))
        image.load()
        upright = ImageOps.exif_transpose(image)
        if _is_sixteen_bit(image.format, upright.mode):
            values = np.asarray(upright).astype(np.float32)
            upright = Image.fromarray(np.rint(values / 257).astype(np.uint8))
        if upright.has_transparency_data:
            colors = upright.convert("RGBA")
            white = Image.new("RGBA", colors.size, "white")
            upright = Image.alpha_composite(white, colors)
        return upright.convert("RGB")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever a format's parser raises into a refusal."""
    try:
        yield
    except (RejectedImageError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        known = f"{FORMATS_READ} are read"
        raise RejectedImageError(f"not a picture that can be read ({known})") from error
    except Image.DecompressionBombError as error:
        raise RejectedImageError(f"too large: more than {2 * MAX_PIXELS:,} pixels") from error
    except Exception as error:  # Pillow's plugins raise whatever their formats' parsers do
        words = " ".join(str(error).split()) or type(error).__name__
        raise RejectedImageError(f"broken picture: {words}") from error


def open_picture(file: BufferedReader | BytesIO) -> Image.Image:
    """Open and check the header; the pixels stay where they are."""
    if not file.read(1):
        raise RejectedImageError("empty file (0 bytes)")
    file.seek(0)
    image = Image.open(file, formats=_FORMATS)
    width, height = image.size
    if width < 1 or height < 1:
        raise RejectedImageError(f"{width} × {height} pixels: there is nothing in it")
    if width * height > MAX_PIXELS:
        raise RejectedImageError(
            f"too large: {width} × {height} pixels, more than {MAX_PIXELS:,} in all"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise RejectedImageError(
            f"too thin: {width} × {height} pixels, one side more than {MAX_ASPECT} times the other"
        )
    frames = _frames(image)
    if frames > 1:
        kind = "pages" if image.format == "TIFF" else "frames"
        raise RejectedImageError(f"holds {frames} {kind}, and one still picture is needed")
    if image.mode not in _EIGHT_BIT and not _is_sixteen_bit(image.format, image.mode):
        raise RejectedImageError(
            f"pixel format {image.mode} has no fixed range of brightness; 8 or 16 bits are needed"
        )
    return image


def _is_sixteen_bit(kind: str | None, mode: str) -> bool:
    # Pillow reads a PGM of 16 bits into 32, scaled to 65535 whatever its own white is.
    return mode in _SIXTEEN_BIT or (kind == "PPM" and mode == "I")


def _frames(image: Image.Image) -> int:
    """How many pictures are in a file, beside the copies and masks of the first."""
    n: int = getattr(image, "n_frames", 1)
    if image.format == "MPO":  # a phone's: one picture with a preview behind it
        return 1
    if n == 1 or not isinstance(image, TiffImagePlugin.TiffImageFile):
        return n
    beside = 0
    for page in range(1, n):
        image.seek(page)
        beside += bool(int(image.tag_v2.get(_SUBFILE_TYPE, 0)) & _BESIDE_ANOTHER)
    image.seek(0)
    return n - beside
