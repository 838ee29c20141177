"""Names in sentences: the first few of many, and those that are spelled like another."""

import difflib

from dashboards.words.lists import listed

__all__ = ["close_to", "listed"]


def close_to(value: str, known: list[str]) -> str:
    """List what is spelled like a value, or all that is known."""
    return listed(difflib.get_close_matches(value, known, n=4, cutoff=0.5) or known)
