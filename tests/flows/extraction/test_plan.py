"""Shards are those of the list of pictures, whatever was stored before."""

import shutil

import pytest

from flows.extraction import pools
from tests.support.counted import count_features


def shards(made):
    """Every shard's content, by name, of the newest list of pictures."""
    newest = max(made.root.features.glob("res/*"), key=lambda folder: folder.stat().st_mtime_ns)
    return {path.name: path.read_bytes() for path in newest.glob("*.parquet")}


def lose(made, *patterns):
    for pattern in patterns:
        for path in made.root.path.glob(pattern):
            shutil.rmtree(path)


def test_pictures_that_come_later_leave_the_shards_of_one_run(made):
    at_once = shards(made)
    lose(made, "features", "embeddings", "runs", "published")
    aside = made.folder / "aside"
    aside.mkdir()
    for path in sorted((made.folder / "pictures" / "cat").iterdir())[::3]:
        path.rename(aside / path.name)
    made.run()
    assert shards(made).keys() != at_once.keys()
    for path in aside.iterdir():
        path.rename(made.folder / "pictures" / "cat" / path.name)

    made.run()

    assert shards(made) == at_once


def test_shards_parted_otherwise_are_left_where_all_is_there(made, monkeypatch):
    before = shards(made)
    made.rewrite("shard_size = 16", "shard_size = 27")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    seen = count_features(monkeypatch)

    made.run()

    assert seen == {}
    assert shards(made) == before


def test_shards_parted_otherwise_are_parted_anew_where_some_is_lost(made, monkeypatch):
    before = shards(made)
    lost = next(iter(made.root.features.glob("res/*/*.parquet")))
    lost.unlink()
    made.rewrite("shard_size = 16", "shard_size = 27")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    seen = count_features(monkeypatch)

    made.run()

    assert 0 < seen["features"] <= 16
    assert len(shards(made)) == 3
    assert shards(made).keys().isdisjoint(before)


@pytest.mark.parametrize("of_processes", [1, 4])
def test_processes_leave_the_bytes_that_threads_leave(made, monkeypatch, of_processes):
    by_threads = shards(made)
    lose(made, "features", "embeddings", "runs", "published")
    monkeypatch.setattr(pools, "_MANY", 0)
    monkeypatch.setattr(pools, "_FEW_CORES", 0)
    monkeypatch.setattr(pools, "n_cores", lambda: of_processes)

    made.run()

    assert shards(made) == by_threads
