"""How close scores of two ways are."""

from typing import Any

import pytest


def near(column: str, value: Any) -> Any:
    """How close a score is when other shards hold the pictures; equal where it is no float.

    The translator's moments take a shard's mean embedding in float32, good to 1e-7, and the
    ridge amplifies that: maps differ by 1e-6 of their size, angles of 5 to 100 degrees by 1e-5.
    How much of it is left depends on the processor's rounding; each has room for ten times.
    """
    if not isinstance(value, float):
        return value
    if column.startswith("p_"):
        # 1e-5 degrees of a standard error of 0.05; ln p changes at most twice as much as t.
        return pytest.approx(value, rel=2e-4)
    if "ratio" in column or "excess" in column:
        return pytest.approx(value, rel=5e-5)  # over a median AS of a degree
    if column.endswith("_deg"):
        return pytest.approx(value, abs=1e-4)
    return pytest.approx(value, rel=1e-5, abs=1e-5)
