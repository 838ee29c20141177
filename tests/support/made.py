"""A made world and what became of its study."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from flows.pipeline import Outcome, run_study
from flows.study.load import load_study
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


def copied(made, folder):
    """A copy in which shards of several names stay one file."""
    subprocess.run(["cp", "-a", made.folder, folder], check=True)
    return Made(folder / "study.toml", DataRoot(folder / "data"))
