import http.client
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


@pytest.mark.parametrize(
    ("ending", "path", "options"),
    [
        (signal.SIGINT, "", []),
        (signal.SIGTERM, "/lab/sing", ["--base-path", "/lab/sing/", "--host", "sing.example.org"]),
    ],
)
def test_the_command_prints_the_address_serves_it_and_stops_all_it_started(
    full, port, ending, path, options
):
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    start = "from flows.cli import main; main()"
    arguments = ["dashboard", "--data", str(full.path), "--port", str(port), *options]
    served = subprocess.Popen(
        [sys.executable, "-c", start, *arguments], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}{path}"
        assert _answer(f"{address}/_stcore/health") == "ok"
        assert "<title>" in _answer(f"{address}/")
        assert "<title>" in _answer(f"{address}/models")
        ours = f"127.0.0.1:{port}"
        answers = {
            "own": _knock(port, f"{path}/", ours),
            "another name": _knock(port, f"{path}/", f"evil.example.com:{port}"),
            "named": _knock(port, f"{path}/", "sing.example.org"),
            "own page": _knock(port, f"{path}/_stcore/stream", ours, f"http://{ours}"),
            "other port": _knock(port, f"{path}/_stcore/stream", ours, "http://localhost:3000"),
        }
    finally:
        served.send_signal(ending)
    out, err = served.communicate(timeout=30)

    named = 200 if options else 403
    expected = {"own": 200, "another name": 403, "named": named, "own page": 101, "other port": 403}
    assert {what: answer.status for what, answer in answers.items()} == expected
    assert answers["own"].getheader("X-Frame-Options") == "SAMEORIGIN"
    assert f"{address} (stop" in err
    assert "Traceback" not in out + err
    assert out == ""
    assert served.returncode == 0
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def _knock(port, path, host, origin=None):
    """Ask as a browser does that was told a name; a WebSocket where a page is named that asks."""
    headers = {"Host": host}
    if origin:
        headers |= {
            "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse()
    finally:
        connection.close()


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


@pytest.mark.parametrize(
    "line",
    [["--base-path", "a b"], ["--base-path", "/a/../b"], ["--base-path", "a?b"],
     ["--host", "http://x.org"], ["--host", "x.org:80"]],
)  # fmt: skip
def test_a_path_or_a_name_that_is_none_is_told(capsys, line):
    assert cli.command(["dashboard", *line]) == 2
    assert f"{line[0]} is {line[1]!r}; need" in capsys.readouterr().err


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
