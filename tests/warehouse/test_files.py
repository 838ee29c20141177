import errno

import pytest

from warehouse.files import sweep, whole


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "a.txt"

    with whole(path) as draft:
        draft.write_text("half")
        assert not path.exists()
        draft.write_text("whole")

    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def fail():
        with whole(path) as draft:
            draft.write_text("half")
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        fail()

    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_leftovers_of_killed_processes_are_swept(tmp_path):
    ours = (
        ".a.parquet.123.unfinished",
        ".gen-2.duckdb.9.unfinished.wal",
        ".sing.duckdb.unfinished",
    )
    theirs = ("b.parquet", ".thesis.unfinished", ".unfinished.tex", "a.123.unfinished")
    (tmp_path / "features").mkdir()
    for name in (*ours, *theirs):
        (tmp_path / "features" / name).write_text("text")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ours[0]).write_text("in a folder that is not ours")

    sweep([tmp_path / "features"])

    assert {p.name for p in (tmp_path / "features").iterdir()} == set(theirs)
    assert (tmp_path / "mine" / ours[0]).exists()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EIO, "Input/output error", "14"),
        RuntimeError("FATAL Error: Could not write file: No space left on device"),
        ValueError("parquet: File out of specification: Disk quota exceeded (os error 122)"),
    ],
)
def test_what_a_disk_refuses_names_the_file_whoever_wrote_it(tmp_path, error):
    with pytest.raises(OSError, match=str(tmp_path / "a.txt")) as raised, whole(tmp_path / "a.txt"):
        raise error

    assert raised.value.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_disks_fault_passes_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="b.txt"), whole(tmp_path / "a.txt"):
        (tmp_path / "b.txt").read_text()
