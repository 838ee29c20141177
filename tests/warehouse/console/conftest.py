import re
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.rows import add
from warehouse import schema
from warehouse.digests import sha256
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A published generation with two runs of one study; no test may change it."""
    root = DataRoot(tmp_path_factory.mktemp("console") / "data")
    root.published.mkdir(parents=True)
    generation = root.published / "gen-1.duckdb"
    with duckdb.connect(str(generation)) as database:
        schema.create(database)
        for day, run in enumerate(("old", "new"), start=1):
            times = {"status": "finished", "finished_at": f"2026-01-0{day}"}
            add(database, "runs", {"run_id": run, "study": "s", **times})
            scores = {"image_id": ["a", "b", "c"], "as_deg": [1.0, -2.0, day], "is_deg": 3.0}
            add(database, "image_scores", {"run_id": run, "model": "m", **scores})
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")
    before = sha256(generation)
    yield root
    assert sha256(generation) == before
    assert [file.name for file in sorted(root.path.rglob("*"))] == [
        "published", "CURRENT", "gen-1.duckdb",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(root):
    """The second wall by itself: a connection in the sandbox, before which there is no gate."""
    with Warehouse(root).connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def is_a_sentence():
    """Whether an error is fit for a visitor: one line, and nothing of the machine."""
    here = str(Path(schema.__file__).parents[1])

    def check(said, root):
        return (
            0 < len(said) <= 600
            and said.isprintable()
            and not re.search("Traceback|Stack|LINE 1", said)
            and not any(path in said for path in (str(root.path), here, sys.prefix))
        )

    return check
