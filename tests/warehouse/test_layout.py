import json

import pytest

from warehouse.layout import DataRoot, LockedError, NoFolderError


def test_the_data_root_is_chosen_by_flag_then_environment_then_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SING_DATA", raising=False)
    assert DataRoot.choose(None).path == tmp_path / "data"
    monkeypatch.setenv("SING_DATA", str(tmp_path / "b"))
    assert DataRoot.choose(None).path == tmp_path / "b"
    assert DataRoot.choose(tmp_path / "c").path == tmp_path / "c"


@pytest.mark.parametrize("name", ["a?b", "what?", "a\\b"])
def test_a_path_that_duckdb_would_read_otherwise_is_refused_at_once(tmp_path, name):
    with pytest.raises(NoFolderError, match="which DuckDB takes for something else") as raised:
        DataRoot.choose(tmp_path / name / "data")

    assert raised.value.exit_code == 2


@pytest.mark.parametrize("content", ["[]", '"held"', "{}", '{"purpose": "x"}', "3", "not JSON", ""])
def test_a_lock_of_another_form_is_held_by_another_process(tmp_path, content):
    root = DataRoot(tmp_path)
    with root.writing("one"):
        assert json.loads((tmp_path / "lock").read_text())["purpose"] == "one"
        (tmp_path / "lock").write_text(content)

        with (
            pytest.raises(LockedError, match="is being written by another process; wait"),
            root.writing("two"),
        ):
            raise AssertionError("two writers")
