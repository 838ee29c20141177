import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import settings

from flows.terminal import leaving

leaving.register()

# Nobody's own settings, but those of a test.
os.environ["SING_SETTINGS"] = os.devnull

# No deadline: a shared machine may stall any single example.
settings.register_profile("sing", deadline=None, max_examples=40)
settings.load_profile("sing")


@pytest.fixture
def rng():
    return np.random.default_rng(20261123)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.support.scheduling import LoadSharedScheduling

    return LoadSharedScheduling(config, log) if config.option.dist == "loadfile" else None


def pytest_terminal_summary(terminalreporter):
    """Say what was not tested, and why: by itself the last line has a number alone."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason, n in Counter(report.longrepr[2] for report in skipped).items():
        terminalreporter.write_line(f"{n} skipped: {reason.removeprefix('Skipped: ')}")
