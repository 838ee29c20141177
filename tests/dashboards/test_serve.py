import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from dashboards.serve import command
from flows import cli


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_the_address_serves_it_and_stops_all_it_started(full, port, ending):
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    start = "from flows.cli import main; main()"
    arguments = ["dashboard", "--data", str(full.path), "--port", str(port)]
    served = subprocess.Popen(
        [sys.executable, "-c", start, *arguments], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        assert _answer(f"{address}/_stcore/health") == "ok"
    finally:
        served.send_signal(ending)
    out, err = served.communicate(timeout=30)

    assert address in err
    assert "Traceback" not in out + err
    assert out == ""
    assert served.returncode == 0
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def _answer(url):
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url}")


def test_a_port_that_is_taken_is_told(full, port, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        code = cli.command(["dashboard", "--data", str(full.path), "--port", str(port)])

    assert code == 2
    assert "choose another one with --port" in capsys.readouterr().err


def test_a_port_that_is_none_is_told(capsys):
    assert cli.command(["dashboard", "--port", "0"]) == 2
    assert "from 1 to 65535" in capsys.readouterr().err


def test_it_serves_this_machine_alone_and_tells_nobody():
    flags = command("127.0.0.1", 8501)

    assert "--server.address=127.0.0.1" in flags
    assert "--browser.gatherUsageStats=false" in flags
    assert "--server.headless=true" in flags


def test_every_setting_is_one_that_streamlit_knows():
    from streamlit import config

    flags = [flag.split("=")[0] for flag in command("127.0.0.1", 8501) if flag.startswith("--")]
    for name in flags:
        assert config.get_option(name.removeprefix("--")) is not ...
