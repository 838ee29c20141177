"""A served study, for real: with a server of its own, started and ended."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import numpy as np
import psutil
import pytest

from tests.support import world
from tests.support.command import SING, sing
from tests.support.servers import answers, awaited


@contextmanager
def serving(study, root, log, *options):
    """`sing serve`; its server's address, and its process."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [SING, "serve", study, "--cron", "0 0 1 1 *", "--data", root.path, *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"},
        )
    try:
        wait_for(lambda: "stop with Ctrl-C" in log.read_text(), log)
        url = re.search(r"http://\S+", log.read_text())[0] + "/api"
        (name,) = re.findall(r"^(\S+) runs on", log.read_text(), re.M)
        wait_for(lambda: httpx.get(deployment(url, name)).status_code == 200, log)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def served(fresh, tmp_path):
    """`sing serve`, with a server of its own; its address, and what it says."""
    log = tmp_path / "serve.log"
    with serving(fresh.study, fresh.root, log, "--timezone", "Europe/Berlin") as (url, process):
        yield url, log, process


def deployment(url, name="small"):
    return f"{url}/deployments/name/sing-analyze/{name}"


def wait_for(condition, log, timeout_s=150):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.5)


@pytest.mark.usefixtures("with_history")
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
    (found,) = listed(url, "deployments")
    (schedule,) = [s["schedule"] for s in found["schedules"]]
    assert (schedule["cron"], schedule["timezone"]) == ("0 0 1 1 *", "Europe/Berlin")
    assert "'0 0 1 1 *', Europe/Berlin" in log.read_text()
    assert {"fit res", "score byob", "prepare res", "publish", "find images of small"} <= names
    assert any("byob" in str(artifact["data"]) for artifact in listed(url, "artifacts"))
    assert first["status"] == "finished"
    runs = len(listed(url, "flow_runs"))
    # It finds the server of the service, and makes none beside it.
    ran = sing("run", fresh.study, "--data", fresh.root.path)
    assert "nothing to do" in ran.stderr
    assert len(listed(url, "flow_runs")) == runs + 1
    process.send_signal(2)
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in log.read_text()


def trigger(url, name="small"):
    """Have the deployment run now, as its schedule would."""
    found = httpx.get(deployment(url, name)).json()
    made = f"{url}/deployments/{found['id']}/create_flow_run"
    # A server whose database is busy says 503: its own clients ask again, and so does this.
    answer = awaited(lambda: (got := httpx.post(made, json={})).status_code != 503 and got)
    answer.raise_for_status()


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

    wait_for(lambda: not answers(url), log, timeout_s=30)


@pytest.mark.usefixtures("with_history")
def test_two_services_share_a_server_and_their_runs_wait_and_tell_of_failures(
    served, fresh, tmp_path
):
    url, log, process = served
    study, second, told = fresh.folder / "second.toml", tmp_path / "second.log", tmp_path / "told"
    study.write_text(fresh.study.read_text().replace('name = "small"', 'name = "second"'))
    write = (
        "import os, sys; "
        "open(sys.argv[1], 'a').write(os.environ['SING_MESSAGE'] + ';' + input() + chr(10))"
    )
    notify = shlex.join([sys.executable, "-c", write, str(told)])

    def messages(n):
        wait_for(lambda: told.exists() and told.read_text().count("\n") == n, second)
        *_, last = told.read_text().splitlines()
        assert last == f"{last[: len(last) // 2]};{last[: len(last) // 2]}"
        return last[: len(last) // 2]

    with serving(study, fresh.root, second, "--notify", notify) as (same, service):
        assert same == url
        process.send_signal(2)
        assert process.wait(timeout=60) == 0
        assert answers(url)
        with fresh.root.writing("a test"):
            waits = "is being written by 'a test' (process"
            trigger(url, "second")
            wait_for(lambda: waits in second.read_text(), second)
            kill_run_of(service)
            crashed = messages(1)
            trigger(url, "second")
            wait_for(lambda: second.read_text().count(waits) == 2, second)
            for path in (fresh.folder / "pictures" / "cat").iterdir():
                path.write_bytes(b"")
        failed = messages(2)

    assert not answers(url)
    assert crashed.startswith(f"the run of {study} failed: Process exited with status code: -9.")
    assert failed.startswith(f"the run of {study} failed: 14 of 70 picture files cannot be used")
    assert "Traceback" not in log.read_text()


def kill_run_of(service):
    """Kill the process of a run as a machine without memory would."""
    (run,) = [
        child
        for child in psutil.Process(service.pid).children()
        if "--multiprocessing-fork" in child.cmdline()
    ]
    run.kill()


def test_a_profile_of_the_user_names_the_server(tmp_path):
    (tmp_path / ".prefect").mkdir()
    (tmp_path / ".prefect" / "profiles.toml").write_text(
        'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n'
        "[profiles.other]\n"
    )
    script = (
        "import sys; from pathlib import Path; from flows import prefect_settings\n"
        "from warehouse.layout import DataRoot\n"
        "prefect_settings.prepare(DataRoot(Path(sys.argv[1])), log_level='CRITICAL')\n"
        "from prefect.settings import PREFECT_API_URL, PREFECT_HOME\n"
        "print(PREFECT_API_URL.value(), PREFECT_HOME.value())"
    )
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}

    def settings(**environment):
        return subprocess.run(
            [sys.executable, "-c", script, tmp_path / "data"],
            env=plain | {"HOME": str(tmp_path)} | environment,
            capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

    home = str(tmp_path / "data" / "prefect")
    assert settings() == ["http://127.0.0.1:9/api", home]
    assert settings(PREFECT_PROFILE="other") == ["None", home]


@pytest.mark.parametrize(
    ("called", "what"),
    [
        ("no cron", "'every night' is no cron expression .* five fields"),
        ("six fields", "'0 0 3 .*' is no cron expression .it has 6 fields.; need five"),
        ("one field", "'@daily' is no cron expression .it has 1 field.; need five"),
        ("no such day", "'0 0 30 2 .*' is no cron expression .there is no such day.; need five"),
        ("time zone", "--timezone 'Mars/Olympus' is not known; need a name such as Europe/Berlin"),
        ("no program", "--notify 'no-such-program of mine' names no program"),
        ("open quotation", "--notify .* cannot be read: No closing quotation"),
    ],
)
def test_a_service_that_cannot_be_is_told(failures, called, what):
    code, complaint = failures[called]

    assert code == 2
    assert re.search(what, complaint)


@pytest.mark.parametrize(
    ("called", "do"),
    [
        ("run without the server", "run without Prefect: --plain"),
        ("serve without the server", "configure none, and one is started here"),
    ],
)
def test_a_server_that_does_not_answer_is_told_with_what_to_do(failures, called, do):
    code, complaint = failures[called]

    assert code == 1
    assert "no Prefect server answers at http://127.0.0.1:9/api (" in complaint
    assert complaint.endswith(do)
