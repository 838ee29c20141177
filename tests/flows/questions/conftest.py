import pytest

from flows import cli


@pytest.fixture
def ask(made_once, capsys):
    def call(*arguments):
        code = cli.command([*map(str, arguments), "--data", str(made_once.root.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
