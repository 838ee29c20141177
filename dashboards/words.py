"""Shifts in sentences."""

from typing import Any


def shift(row: dict[str, Any]) -> str:
    """Say how null removal moves a class's images, with its interval and its control."""
    moved = row["as_mean_deg"]
    way = "towards" if moved > 0 else "away from"
    low, high, control = row["as_ci_low_deg"], row["as_ci_high_deg"], row["control_as_mean_deg"]
    interval = "" if low is None else f"AS {low:+.2f}° to {high:+.2f}°"
    random = "" if control is None else f"random step {control:+.2f}°"
    told = "" if row["is_told"] else "**not told from it**"
    known = ", ".join(part for part in (interval, random, told) if part)
    return f"*{row['class_name']}* images move {way} *{row['phrase']}* by **{abs(moved):.2f}°**" + (
        f" ({known})." if known else "."
    )
