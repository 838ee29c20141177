import pytest

from flows import cli
from flows.questions.published_run import PublishedRun


@pytest.fixture
def ask(made_once, capsys):
    def call(*arguments):
        code = cli.command([*map(str, arguments), "--data", str(made_once.root.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def run(made_once):
    return PublishedRun(made_once.outcome.run_id, made_once.root)
