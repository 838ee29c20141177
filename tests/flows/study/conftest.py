import pytest

from tests.support import world


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    world.make(folder)
    return folder


@pytest.fixture
def study(folder):
    """Write the usual study with some text replaced; returns its path."""

    def write(*replacements):
        text = world.STUDY
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        path = folder / "changed.toml"
        path.write_text(text)
        return path

    return write
