"""Names in sentences: the first few of many, and those that are spelled like another."""

import difflib


def close_to(value: str, known: list[str]) -> str:
    """List what is spelled like a value, or all that is known."""
    return listed(difflib.get_close_matches(value, known, n=4, cutoff=0.5) or known)


def listed(names: list[str], most: int = 12) -> str:
    """Join names for a sentence, the first few and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
