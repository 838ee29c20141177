"""Names in sentences: the first few of many."""


def listed(names: list[str], most: int = 12) -> str:
    """Join names for a sentence, the first few and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
