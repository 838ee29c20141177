"""The model hub as its client sees it without a network: a cache of what was fetched before."""

from pathlib import Path

import huggingface_hub.constants as constants
import pytest

_COMMIT = "0" * 40


def offline(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's clients look into a cache alone."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def repository(
    cache: Path, name: str, revision: str = "main", lacking: tuple[str, ...] = ()
) -> Path:
    """Make an empty repository in a cache; returns the folder that its files belong into.

    Of files that it was once asked for in vain, ``lacking``, the client keeps a note.
    """
    root = cache / f"models--{name.replace('/', '--')}"
    snapshot = root / "snapshots" / _COMMIT
    snapshot.mkdir(parents=True)
    (root / "refs").mkdir()
    (root / "refs" / revision).write_text(_COMMIT)
    for file in lacking:
        note = root / ".no_exist" / _COMMIT / file
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    return snapshot
