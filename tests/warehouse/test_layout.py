from warehouse.layout import DataRoot


def test_the_data_root_is_chosen_by_flag_then_environment_then_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SING_DATA", raising=False)
    assert DataRoot.choose(None).path == tmp_path / "data"
    monkeypatch.setenv("SING_DATA", str(tmp_path / "b"))
    assert DataRoot.choose(None).path == tmp_path / "b"
    assert DataRoot.choose(tmp_path / "c").path == tmp_path / "c"
