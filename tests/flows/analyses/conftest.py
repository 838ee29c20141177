import pytest

from tests.oracle.steps import Steps


@pytest.fixture(scope="session")
def steps(oracle):
    return {model: Steps(oracle, model) for model in ("res", "byob")}
