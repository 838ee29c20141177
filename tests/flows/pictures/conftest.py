"""Worlds whose pictures are handed on otherwise."""

import pytest


@pytest.fixture
def folder(fresh):
    return fresh.folder / "pictures"
