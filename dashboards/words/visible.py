"""Characters that are no text: shown as what they are, wherever names of others are shown."""

import re

#: What XML 1.0 lacks, so that an SVG cannot hold it (https://www.w3.org/TR/xml/#charsets), and
#: what a terminal takes for an order: all controls but tab and line feed, and halves of pairs.
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    r"""Return a text in which characters that are no text are spelled out: ``\x1b``, ``\uffff``."""
    return _NO_TEXT.sub(_spelled, text)


def _spelled(sign: re.Match[str]) -> str:
    number = ord(sign[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
