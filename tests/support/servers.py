"""Servers of other processes: whether they answer, and waiting for it."""

import time

import httpx


def answers(url):
    """Whether a Prefect server answers at its address."""
    try:
        return httpx.get(f"{url}/health", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def awaited(look, timeout_s=60):
    """What ``look()`` gives once that is something."""
    until = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.1)
    return found
