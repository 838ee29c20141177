"""How many processor cores this process may use."""

import math
import os
from pathlib import Path

#: Where the kernel says how much time a container may take: https://docs.kernel.org/admin-guide/cgroup-v2.html
_CGROUP_V2, _CGROUP_V1 = Path("/sys/fs/cgroup/cpu.max"), Path("/sys/fs/cgroup/cpu")

#: Cores that a cluster gives this process, where one does.
_given: int | None = None


def grant(cores: int) -> None:
    """Have this process use no more than so many cores: others have the rest of the machine."""
    global _given
    _given = cores


def n_cores() -> int:
    """Return the cores of this process by its affinity and its container's limit, at least 1."""
    if _given is not None:
        return _given
    affinity = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(affinity, _granted() or affinity))


def _granted() -> int | None:
    """Cores' worth of time that a container gets, rounded up; None where nothing limits it."""
    try:
        quota, period = _CGROUP_V2.read_text().split()
    except (OSError, ValueError):
        try:
            quota = (_CGROUP_V1 / "cpu.cfs_quota_us").read_text().strip()
            period = (_CGROUP_V1 / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if not quota.isdigit() or not period.isdigit():  # "max", or -1
        return None
    return math.ceil(int(quota) / int(period))
