"""`sing init`: a study to start from."""

import shutil

import pytest

from flows import cli
from flows.study.draft import DraftError, draft
from flows.study.load import load_study
from tests.support import world


@pytest.fixture
def pictures(tmp_path):
    study = world.make(tmp_path / "made")
    shutil.copytree(study.parent / "pictures", tmp_path / "birds")
    return tmp_path / "birds"


def test_a_draft_is_a_study_that_loads(pictures, tmp_path):
    file, notes = draft(pictures, tmp_path)

    study = load_study(file)
    assert (study.name, study.images.root) == ("birds", pictures)
    assert study.gate.rules == ("feature_share(class) <= +0.02",)
    assert notes[0] == "70 pictures in 5 classes"
    assert "5 classes have fewer than 50 pictures" in notes[1]
    assert 'root = "birds"' in file.read_text()  # to be moved with its pictures


def test_nothing_is_overwritten_and_no_class_folders_are_told(pictures, tmp_path):
    draft(pictures, tmp_path)
    before = (tmp_path / "birds.toml").read_text()
    with pytest.raises(DraftError, match=r"birds\.toml is there already"):
        draft(pictures, tmp_path)
    assert (tmp_path / "birds.toml").read_text() == before
    with pytest.raises(DraftError, match="0 class folders with pictures; need two at least"):
        draft(pictures / "cat", tmp_path / "other")
    with pytest.raises(DraftError, match="is no folder"):
        draft(tmp_path / "none", tmp_path)


def test_the_command_says_what_to_do_next(pictures, tmp_path, capsys):
    assert cli.command(["init", str(pictures), "--into", str(tmp_path)]) == 0
    assert f"next: sing doctor {tmp_path / 'birds.toml'}" in capsys.readouterr().out
    assert cli.command(["init", str(pictures), "--into", str(tmp_path)]) == 2
