import pytest

from flows import cli


@pytest.fixture
def call(made_once, capsys):
    """Call the command in this process, on the finished run; returns code, stdout and stderr."""

    def call(*arguments):
        data = () if "--data" in arguments else ("--data", str(made_once.root.path))
        code = cli.command([*map(str, arguments), *data])
        return code, *capsys.readouterr()

    return call
