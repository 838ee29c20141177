"""The Prefect flow, for real: with its own temporary server, and with a user's."""

import asyncio
import os
import re
import subprocess
import time

import numpy as np
import pytest

from tests import world
from tests.flows.test_cli import SING, sing


def test_a_run_needs_no_server_and_is_quiet(fresh):
    ran = sing("run", fresh.study, "--data", fresh.root.path)

    assert ran.returncode == 0, ran.stderr
    assert "byob" in ran.stdout
    lines = ran.stderr.splitlines()
    assert [
        line for line in lines if not re.search(r"pictures in 5|published|extracting|look", line)
    ] == []
    again = sing("run", fresh.study, "--data", fresh.root.path)
    assert "nothing to do" in again.stderr
    assert again.stdout.splitlines()[1:] == ran.stdout.splitlines()[1:]


def test_a_failed_flow_is_one_sentence(fresh):
    for path in (fresh.folder / "pictures" / "cat").iterdir():
        path.write_bytes(b"")

    ran = sing("run", fresh.study, "--data", fresh.root.path)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "14 of 70 picture files cannot be used" in ran.stderr


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
        yield f"{address}/api", log, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(condition, log, timeout_s=150):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)


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
    names, schedules, tables = asyncio.run(seen_by_prefect(url))
    assert schedules == ["0 0 1 1 *"]
    assert {"fit res", "score byob", "prepare res", "publish", "find images of small"} <= names
    assert "byob" in tables[0]
    assert first["status"] == "finished"
    process.send_signal(2)
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in log.read_text()


def trigger(url):
    """Have the deployment run now, as its schedule would."""
    asyncio.run(_trigger(url))


async def _trigger(url):
    from prefect.client.orchestration import PrefectClient

    async with PrefectClient(url) as client:
        deployment = await client.read_deployment_by_name("sing-analyze/small")
        await client.create_flow_run_from_deployment(deployment.id)


async def seen_by_prefect(url):
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.sorting import ArtifactSort, TaskRunSort

    async with PrefectClient(url) as client:
        deployment = await client.read_deployment_by_name("sing-analyze/small")
        tasks = await client.read_task_runs(limit=200, sort=TaskRunSort.EXPECTED_START_TIME_ASC)
        artifacts = await client.read_artifacts(limit=50, sort=ArtifactSort.CREATED_DESC)
    names = {task.name for task in tasks}
    return names, [s.schedule.cron for s in deployment.schedules], [a.data for a in artifacts]


def test_a_wrong_cron_is_told(fresh):
    ran = sing("serve", fresh.study, "--cron", "every night", "--data", fresh.root.path)

    assert ran.returncode == 2
    assert "'every night' is no cron expression" in ran.stderr
    assert "five fields" in ran.stderr
