"""Keys made of content: two things with the same digest are the same thing."""

import hashlib
import json
from pathlib import Path
from typing import Any


def digest(content: Any) -> str:
    """Return 16 hexadecimal digits that stand for some JSON-like content."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
