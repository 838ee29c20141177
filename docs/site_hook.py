"""For the site: links that leave the documentation become the words they stand under."""

import re
from typing import Any


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Keep the words of links to files beside ``docs/``, which are in the repository alone."""
    outside = r"\[([^\]]+)\]\((?:\.\./|scale/)[^)]*\)"
    return re.sub(outside, r"\1", markdown)
