"""Processes that decode are forked from the server that other tests fork from."""

from multiprocessing import forkserver

import pytest

from tests.support import processes


@pytest.fixture(autouse=True, scope="session")
def _one_server():
    # What it imports is settled when it starts: a run's own list is shorter, and too short for
    # the tests that kill runs.
    assert processes.PROCESSES
    forkserver.ensure_running()
