import tempfile
from pathlib import Path

import pytest

from tests.support.clusters import dask_cluster, ray_cluster


@pytest.fixture(scope="session")
def ray_once(tmp_path_factory):
    # Ray's sockets lie in this folder, and a socket's path is short.
    with (
        tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder,
        ray_cluster(Path(folder)) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="session")
def dask_once(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture(params=["ray", "dask"])
def cluster(request):
    return request.getfixturevalue(f"{request.param}_once")
