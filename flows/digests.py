"""Keys made of content: two things with the same key are the same thing."""

import hashlib
import json
from typing import Any


def digest(content: Any) -> str:
    """Return 16 hexadecimal digits that stand for some JSON-like content."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
