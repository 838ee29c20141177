"""Looking at one picture file: what it is, how large, and whether there is anything to see."""

import hashlib
from dataclasses import dataclass
from io import SEEK_END, BufferedReader, BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sing_core.files.images import (
    UNREADABLE,
    RejectedImageError,
    decode,
    open_picture,
    refusing,
)

_EXIF_ORIENTATION = 0x0112
#: A picture is looked at for being blank where it has fewer bytes: these, and these a pixel.
_HEADER_BYTES, _BLANK_BYTES = 2048, 0.06
#: Formats that take their bytes whatever a picture shows.
_UNCOMPRESSED = frozenset(("BMP", "DIB", "PPM", "TIFF"))
#: Pixels a side of that look.
_LOOK = 64


@dataclass(frozen=True)
class ImageFile:
    """What a look at a file tells: its content's digest, its size as shown, and if it is blank."""

    sha256: str
    width: int
    height: int
    blank: bool


def inspect(path: Path) -> ImageFile:
    """Look at a file's content digest and header.

    Width and height are those of the upright picture. Pixels are decoded only
    where so few bytes hold so many of them that the picture may be blank.

    Raises
    ------
    RejectedImageError
        If the header says that it cannot be used, or the file must not be read or is gone.
    OSError
        If the disk or the network fails: that says nothing about the file.
    """
    try:
        with path.open("rb") as file:
            return inspect_stream(file)
    except (PermissionError, FileNotFoundError) as error:
        raise RejectedImageError(f"{UNREADABLE}: {error.strerror}") from error


def inspect_stream(file: BufferedReader | BytesIO) -> ImageFile:
    """The same of an open file.

    Raises
    ------
    RejectedImageError
        If the header says that it cannot be used.
    """
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    with refusing(), open_picture(file) as image:
        width, height = image.size
        # Asked for EXIF that is not in its header, a PNG would decode all its pixels.
        known = image.format != "PNG" or "exif" in image.info
        if known and image.getexif().get(_EXIF_ORIENTATION) in (5, 6, 7, 8):
            width, height = height, width
        n_bytes = file.seek(0, SEEK_END)
        few = n_bytes < _HEADER_BYTES + _BLANK_BYTES * width * height
        blank = (few or image.format in _UNCOMPRESSED) and _is_blank(file)
        return ImageFile(digest, width, height, blank)


def _is_blank(file: BufferedReader | BytesIO) -> bool:
    """Whether the middle square is of one color: 99 % of it, but for 10 of 255 levels."""
    file.seek(0)
    try:
        picture = decode(file.read(), draft=_LOOK)
    except RejectedImageError:
        return False  # extraction will tell
    side = min(picture.size)
    middle = ImageOps.fit(picture, (min(side, _LOOK), min(side, _LOOK)), Image.Resampling.BOX)
    pixels = np.asarray(middle, dtype=np.int16).reshape(-1, 3)
    apart = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1)
    return bool(np.mean(apart <= 10) >= 0.99)
