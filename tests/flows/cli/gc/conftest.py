"""Worlds with something to remove in them."""

import numpy as np
import pytest

from tests.support import world
from tests.support.made import copied


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
