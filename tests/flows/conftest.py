import json
import shutil

# Before any module of ours, as in tests/sing_core/conftest.py.
import numpy as np
import open_clip  # noqa: F401
import polars as pl
import pytest
import scipy.stats  # noqa: F401
import timm  # noqa: F401

from flows import cli
from flows.questions.published_run import PublishedRun
from tests.oracle.scores import Oracle
from tests.support import arrays, world
from tests.support.command import sing
from tests.support.failures import fail
from tests.support.made import Made, copied
from tests.support.stored import comparable
from warehouse.layout import DataRoot


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Made:
    """A finished run of the whole study; not to be changed."""
    folder = tmp_path_factory.mktemp("world")
    made = Made(world.make(folder), DataRoot(folder / "data"))
    made.run()
    return made


@pytest.fixture(scope="session")
def undisturbed(made_once):
    """Its tables, but for when it ran and where it lies."""
    return comparable(made_once)


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


@pytest.fixture(scope="session")
def given_once(made_once, tmp_path_factory):
    """The study over arrays, run once; not to be changed."""
    folder = tmp_path_factory.mktemp("arrays")
    given = Made(arrays.write(made_once, folder), DataRoot(folder / "data"))
    given.run()
    return given


@pytest.fixture
def given(given_once, tmp_path):
    """A copy of it, to do things to."""
    shutil.copytree(given_once.folder, tmp_path / "given", symlinks=True)
    return Made(tmp_path / "given" / "study.toml", DataRoot(tmp_path / "given" / "data"))


@pytest.fixture
def named(given):
    """The same over the one head whose classes are named, with texts in their order."""
    (given.folder / "classes.txt").write_text("eel\ndrum\ncat\nboat\napple\n")
    texts = np.array(pl.read_parquet(given.folder / "classes.parquet")["feature"].to_list())
    np.save(given.folder / "classes.npy", texts)  # last class first, see support/arrays.py
    given.rewrite("classes.parquet", "classes.npy")
    given.rewrite('table = "items.csv"', 'table = "items.csv"\nclass_names = "classes.txt"')
    given.rewrite('[[models]]\nid = "res"\nfeatures = "res.npy"\nhead = "res.npz"\n', "")
    return given


@pytest.fixture(scope="session")
def ran_twice(made_once, tmp_path_factory):
    """A world after a run by Prefect and one that had nothing to do, and what both said."""
    made = copied(made_once, tmp_path_factory.mktemp("twice") / "world")
    shutil.rmtree(made.root.path)
    return made, [sing("run", made.study, "--data", made.root.path) for _ in range(2)]


@pytest.fixture(scope="session")
def failures(made_once, ran_twice, tmp_path_factory):
    """What became of a study without a class that can be read, and of other things with Prefect."""
    made = copied(made_once, tmp_path_factory.mktemp("failures") / "world")
    shutil.rmtree(made.root.path)
    # Prefect's database is there already, so that a server is up sooner.
    shutil.copytree(ran_twice[0].root.path / "prefect", made.root.path / "prefect")
    for path in (made.folder / "pictures" / "cat").iterdir():
        path.write_bytes(b"")
    return fail(made)


@pytest.fixture
def gc(capsys):
    """Call `sing gc` on a world's data root; returns its answer."""

    def gc(made, *arguments):
        capsys.readouterr()
        assert cli.command(["gc", "--json", "--data", str(made.root.path), *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return gc


@pytest.fixture
def run(made_once):
    """The finished run as questions see it."""
    return PublishedRun(made_once.outcome.run_id, made_once.root)
