"""A served study, for real: with a server of its own, started and ended."""

import os
import re
import shutil
import subprocess
import time

import httpx
import numpy as np
import pytest

from tests.support import world
from tests.support.command import SING, sing


@pytest.fixture
def served(fresh, tmp_path):
    """`sing serve`, with a server of its own; its address, and what it says."""
    log = tmp_path / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                SING,
                "serve",
                str(fresh.study),
                "--cron",
                "0 0 1 1 *",
                "--data",
                str(fresh.root.path),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"},
        )
    try:
        wait_for(lambda: "stop with Ctrl-C" in log.read_text(), log)
        address = re.search(r"http://\S+", log.read_text())[0]
        named = f"{address}/api/deployments/name/sing-analyze/small"
        wait_for(lambda: httpx.get(named).status_code == 200, log)
        yield f"{address}/api", log, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(condition, log, timeout_s=150):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.5)


def test_a_served_study_runs_when_due_and_takes_up_new_pictures(served, fresh):
    url, log, process = served

    trigger(url)
    wait_for(lambda: (fresh.root.published / "CURRENT").exists(), log)
    (first,) = fresh.rows("from main.runs")
    new = fresh.folder / "pictures" / "cat" / "new.png"
    world.draw_picture(new, 2, np.random.default_rng(1))
    wait_for(lambda: log.read_text().count("Finished in state Completed") >= 9, log)
    trigger(url)
    wait_for(lambda: len(fresh.rows("from main.runs")) == 2, log)

    assert "features of 70 pictures are stored already, 1 are missing" in log.read_text()
    assert fresh.rows("select count(*) as n from latest.images") == [{"n": 71}]
    names = {task["name"] for task in listed(url, "task_runs")}
    (deployment,) = listed(url, "deployments")
    assert [s["schedule"]["cron"] for s in deployment["schedules"]] == ["0 0 1 1 *"]
    assert {"fit res", "score byob", "prepare res", "publish", "find images of small"} <= names
    assert any("byob" in str(artifact["data"]) for artifact in listed(url, "artifacts"))
    assert first["status"] == "finished"
    runs = len(listed(url, "flow_runs"))
    ran = sing("run", fresh.study, "--data", fresh.root.path, PREFECT_API_URL=url)
    assert "nothing to do" in ran.stderr
    assert len(listed(url, "flow_runs")) == runs + 1
    process.send_signal(2)
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in log.read_text()


def trigger(url):
    """Have the deployment run now, as its schedule would."""
    deployment = httpx.get(f"{url}/deployments/name/sing-analyze/small").json()
    httpx.post(f"{url}/deployments/{deployment['id']}/create_flow_run", json={}).raise_for_status()


def listed(url, what):
    """Everything of a kind that the server knows."""
    return httpx.post(f"{url}/{what}/filter", json={}).raise_for_status().json()


@pytest.fixture
def with_history(fresh, ran_twice):
    """A data root whose Prefect database is there already, so that a server is up sooner."""
    shutil.copytree(ran_twice[0].root.path / "prefect", fresh.root.path / "prefect")


@pytest.mark.usefixtures("with_history")
def test_a_killed_service_leaves_no_server_behind(served):
    url, log, process = served
    assert httpx.get(f"{url}/health").status_code == 200

    process.kill()

    def gone():
        try:
            return httpx.get(f"{url}/health", timeout=1) is None
        except httpx.HTTPError:
            return True

    wait_for(gone, log, timeout_s=30)


def test_a_wrong_cron_is_told(failures):
    code, complaint = failures["serve"]

    assert code == 2
    assert "'every night' is no cron expression" in complaint
    assert "five fields" in complaint
