import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.pipeline import Outcome, run_study
from flows.study.load import load_study
from tests.oracle.scores import Oracle
from tests.support import world
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


@dataclass
class Made:
    """A made world, its data root, and what became of its study."""

    study: Path
    root: DataRoot
    outcome: Outcome | None = None

    @property
    def folder(self) -> Path:
        return self.study.parent

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.root)

    def run(self) -> Outcome:
        self.outcome = run_study(load_study(self.study), self.root)
        return self.outcome

    def rewrite(self, old: str, new: str) -> None:
        """Change the study file."""
        text = self.study.read_text()
        assert old in text
        self.study.write_text(text.replace(old, new))

    def rows(self, query: str) -> list[dict]:
        return self.warehouse.query(query).to_pylist()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Made:
    """A finished run of the whole study; not to be changed."""
    folder = tmp_path_factory.mktemp("world")
    made = Made(world.make(folder), DataRoot(folder / "data"))
    made.run()
    return made


@pytest.fixture
def made(made_once, tmp_path) -> Made:
    """A copy of the finished run, to do things to."""
    shutil.copytree(made_once.folder, tmp_path / "world", symlinks=True)
    return Made(tmp_path / "world" / "study.toml", DataRoot(tmp_path / "world" / "data"))


@pytest.fixture
def fresh(made) -> Made:
    """The world before its first run."""
    shutil.rmtree(made.root.path)
    return made


@pytest.fixture(scope="session")
def oracle(made_once):
    return Oracle(made_once.root.path, made_once.outcome.run_id)


@pytest.fixture(scope="session")
def recomputed(oracle):
    return {model: oracle.score(model) for model in oracle.models}
