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
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / ".a.parquet.123.unfinished").write_text("half")
    (tmp_path / "features" / "b.parquet").write_text("whole")

    sweep(tmp_path)

    assert [p.name for p in (tmp_path / "features").iterdir()] == ["b.parquet"]
