import numpy as np
import pytest
from hypothesis import settings

from flows.terminal import leaving

leaving.register()

# No deadline: a shared machine may stall any single example.
settings.register_profile("sing", deadline=None, max_examples=40)
settings.load_profile("sing")


@pytest.fixture
def rng():
    return np.random.default_rng(20261123)
