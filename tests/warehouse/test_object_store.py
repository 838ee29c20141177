"""Shards and results in an S3 bucket: a real server, then one that stumbles."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.stumbling import serve
from warehouse import object_store, remote
from warehouse.bucket import fetch, newest_in, offer
from warehouse.files import DamagedFileError
from warehouse.layout import DataRoot, NoFolderError
from warehouse.remote import BadAddressError, Remote, StoreError
from warehouse.stored import parquet
from warehouse.stored.vectors import VectorFolder


def test_of_several_that_create_a_file_one_wins(bucket):
    with ThreadPoolExecutor(6) as pool:
        for n in range(5):
            place = bucket / f"{n}"
            won = list(pool.map(place.create, (f"{who}".encode() for who in range(6))))
            assert sum(won) == 1
            assert place.read_bytes() == f"{won.index(True)}".encode()


def test_a_pointer_is_replaced_by_who_read_it_last(bucket):
    pointer = bucket / "CURRENT"
    pointer.create(b"one")
    _, version = pointer.read_with_version()

    assert pointer.replace(b"two", version)
    assert not pointer.replace(b"three", version)
    assert pointer.read_bytes() == b"two"


def test_files_are_listed_in_order_and_removed(bucket):
    for name in ("b.parquet", "a.parquet", "note.txt"):
        (bucket / name).create(b"x")
    (bucket / "folder" / "c.parquet").create(b"x")

    assert [one.name for one in bucket.files(".parquet")] == ["a.parquet", "b.parquet"]
    (bucket / "a.parquet").unlink()
    assert not (bucket / "a.parquet").exists()
    with pytest.raises(FileNotFoundError):
        (bucket / "a.parquet").read_bytes()


def test_a_large_file_goes_there_and_comes_back(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "_CHUNK", 2**20)
    content = np.random.default_rng(0).bytes(7 * 2**20 + 13)
    (tmp_path / "there").write_bytes(content)

    (bucket / "large").upload(tmp_path / "there")
    (bucket / "large").download(tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "there"]


def test_a_shard_is_the_same_file_in_a_bucket_and_in_a_folder(bucket, tmp_path, rng):
    ids, vectors = ["a", "b", "c"], rng.normal(size=(3, 8)).astype(np.float32)
    digests = [
        parquet.write_vectors(place / "part-1.parquet", ids, vectors, {"recipe": "r"})
        for place in (bucket, tmp_path)
    ]
    assert digests[0] == digests[1]
    assert (bucket / "part-1.parquet").read_bytes() == (tmp_path / "part-1.parquet").read_bytes()
    # What is there stays: the first wins.
    assert parquet.write_vectors(bucket / "part-1.parquet", ids, 2 * vectors, {}) is None

    found_ids, found = parquet.read_vectors(bucket / "part-1.parquet")
    assert (found_ids, parquet.read_ids(bucket / "part-1.parquet")) == (ids, (ids, {"recipe": "r"}))
    np.testing.assert_array_equal(found, vectors)
    np.testing.assert_array_equal(VectorFolder(bucket).take(["c", "a"]), vectors[[2, 0]])


def test_a_damaged_shard_is_not_taken_for_vectors(bucket, rng):
    place = bucket / "part-1.parquet"
    parquet.write_vectors(place, ["a"], rng.normal(size=(1, 64)), {"recipe": "r"})
    content = bytearray(place.read_bytes())
    content[40] ^= 1
    place.unlink()
    place.create(bytes(content))

    with pytest.raises(DamagedFileError, match=r"s3://sing/\S+ is damaged"):
        parquet.read_vectors(place)


def test_no_message_names_a_credential(bucket, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    object_store.opened.cache_clear()

    with pytest.raises(StoreError, match="it answers SignatureDoesNotMatch; check the") as raised:
        (bucket / "a").create(b"x")

    told = f"{raised.value} {raised.value.__cause__} {raised.value.__context__ and ''}"
    assert "tests-own" not in told
    assert "another-secret" not in told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://", "no address of a bucket"),
        ("http://host/bucket", "no address of a bucket; need s3://BUCKET/FOLDER"),
        ("s3://key:secret@bucket/folder", "holds a name or password; give it without"),
        ("s3://bucket/folder?key=secret", "no address of a bucket"),
    ],
)
def test_a_wrong_address_is_told_without_what_may_be_a_password(address, told):
    with pytest.raises(BadAddressError, match=told) as raised:
        Remote.at(address)
    assert "key:secret" not in str(raised.value)


def test_without_obstore_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(BadAddressError, match=r"install sing-null-space\[s3\]"):
        Remote("s3://bucket/a").read_bytes()


def test_a_store_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr(object_store, "_RETRIES", {"max_retries": 1})
    object_store.opened.cache_clear()
    with pytest.raises(StoreError, match="cannot read s3://sing/a: it cannot be reached"):
        Remote("s3://sing/a").read_bytes()
    object_store.opened.cache_clear()


@pytest.fixture
def stumbling(bucket, monkeypatch):
    """The same bucket, behind a server that answers the first requests as it is told."""
    servers = []

    def begin(*answers):
        server = serve(os.environ["AWS_ENDPOINT_URL"], answers)
        servers.append(server)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        object_store.opened.cache_clear()
        return bucket

    yield begin
    for server in servers:
        server.shutdown()


@pytest.mark.parametrize("answers", [(500,), (503, 500), (503, 503, 503)])
def test_a_store_that_stumbles_is_asked_again(stumbling, answers):
    place = stumbling(*answers) / "a"
    assert place.create(b"x")
    assert place.read_bytes() == b"x"


def test_a_slow_store_is_waited_for(stumbling):
    place = stumbling("slow", "slow") / "a"
    assert place.create(b"x")
    assert place.read_bytes() == b"x"


def test_a_store_that_does_not_answer_in_time_is_told(stumbling, monkeypatch):
    monkeypatch.setattr(object_store, "_RETRIES", {"max_retries": 1})
    monkeypatch.setattr(object_store, "_CLIENT", {"allow_http": True, "timeout": "300ms"})
    place = stumbling(*["slow"] * 10) / "a"
    with pytest.raises(StoreError, match="does not answer in time"):
        place.read_bytes()


def test_a_pointer_that_moved_though_the_answer_was_lost_is_ours(stumbling, tmp_path):
    (tmp_path / "gen").write_bytes(b"rows")
    # The upload, then the pointer: carried out, and answered by an error.
    place = stumbling(None, "lost")

    ours = offer(place, tmp_path / "gen", 1, None)

    assert newest_in(place).name == ours.name
    fetch(place, newest_in(place), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"rows"


def test_a_store_that_is_full_of_errors_is_told_by_its_code(stumbling, monkeypatch):
    monkeypatch.setattr(object_store, "_RETRIES", {"max_retries": 2})
    place = stumbling(*[503] * 20) / "a"
    with pytest.raises(StoreError, match=r"cannot read s3://sing/\S+: it answers 503; check"):
        place.read_bytes()


def test_412_is_another_who_was_faster(stumbling):
    place = stumbling(412) / "a"
    assert not place.replace(b"x", {"e_tag": '"1"'})


def test_a_bucket_is_read_and_not_written(bucket):
    root = DataRoot.choose(bucket.url)
    with pytest.raises(NoFolderError, match=r"which are only read; name a folder with --data"):
        root.make()


def test_settings_say_where_shards_and_results_go(tmp_path, monkeypatch):
    file = tmp_path / "settings.toml"
    file.write_text('[storage]\nshards = "s3://sing/a"\npublished = "s3://sing/b"\n')
    monkeypatch.setenv("SING_SETTINGS", str(file))

    root = DataRoot.choose(tmp_path)

    assert root == replace(DataRoot(tmp_path), shards="s3://sing/a", bucket="s3://sing/b")
    assert str(root.vectors("features") / "res") == "s3://sing/a/features/res"
    assert root.relative(Remote("s3://sing/a/x")) == "s3://sing/a/x"
    assert root.place("s3://sing/a/x") == Remote("s3://sing/a/x")
    assert root.place("heads/x") == Path(tmp_path) / "heads" / "x"


def test_generations_are_pruned_and_other_files_stay(bucket, tmp_path):
    (tmp_path / "gen").write_bytes(b"rows")
    others = ("gen-notes.duckdb", "gen-1.duckdb", "mine.duckdb")
    for name in others:
        (bucket / name).create(b"somebody else's")
    for number in range(1, 6):
        assert offer(bucket, tmp_path / "gen", number, newest_in(bucket)).number == number

    left = [one.name for one in bucket.files(".duckdb") if one.name not in others]
    assert sorted(int(name.split("-")[1]) for name in left) == [3, 4, 5]
    assert all((bucket / name).exists() for name in others)
