"""Worlds with something to remove in them."""

import json
import subprocess

import numpy as np
import pytest

from flows import cli
from tests.flows.conftest import Made
from tests.support import world
from warehouse.layout import DataRoot


@pytest.fixture
def gc(capsys):
    """Call `sing gc` on a world's data root; returns its answer."""

    def gc(made, *arguments):
        capsys.readouterr()
        assert cli.command(["gc", "--json", "--data", str(made.root.path), *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return gc


@pytest.fixture(scope="module")
def three_once(made_once, tmp_path_factory):
    """Finished runs of the study: as it was, with another model, and with a new picture too."""
    made = copied(made_once, tmp_path_factory.mktemp("three") / "world")
    runs = [run["run_id"] for run in made.rows("select run_id from latest.runs")]
    world.save_model(made.folder / "byob.safetensors", "test_byobnet", 7, num_classes=5)
    runs.append(made.run().run_id)
    world.draw_picture(made.folder / "pictures/cat/new.png", 2, np.random.default_rng(1))
    runs.append(made.run().run_id)
    return made, runs


@pytest.fixture
def three(three_once, tmp_path):
    """A copy of three finished runs, and their ids."""
    return copied(three_once[0], tmp_path / "three"), three_once[1]


def copied(made, folder):
    """A copy in which shards of several names stay one file."""
    subprocess.run(["cp", "-a", made.folder, folder], check=True)
    return Made(folder / "study.toml", DataRoot(folder / "data"))
