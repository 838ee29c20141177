"""Sentences about results."""

from collections.abc import Callable
from typing import Any

from dashboards.words.markdown import literal


def ordinal(number: float) -> str:
    """Return a whole number with its ending: 1st, 2nd, 3rd, 11th."""
    n = round(number)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{'th' if 10 < n % 100 < 14 else ending}"


def shift(row: dict[str, Any], name: Callable[[str], str] = literal) -> str:
    """Say how null removal moves a class's images, with its interval and its control.

    Parameters
    ----------
    name
        How names of classes and phrases are written.
    """
    moved = row["as_mean_deg"]
    way = "towards" if moved > 0 else "away from"
    low, high, control = row["as_ci_low_deg"], row["as_ci_high_deg"], row["control_as_mean_deg"]
    interval = "" if low is None else f"AS {low:+.2f}° to {high:+.2f}°"
    random = "" if control is None else f"random step {control:+.2f}°"
    told = "" if row["differs_from_control"] else "**not told from it**"
    known = ", ".join(part for part in (interval, random, told) if part)
    return (
        f"*{name(row['class_name'])}* images move {way} *{name(row['phrase'])}* by "
        f"**{abs(moved):.2f}°**" + (f" ({known})." if known else ".")
    )
