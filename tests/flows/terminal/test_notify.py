import shlex
import sys

import pytest

from flows.terminal import notify as notifying
from flows.terminal.notify import NotifyError, notify, words

#: What names of classes and files may hold, and a shell would carry out.
HOSTILE = "$(touch stolen) `touch stolen`; touch stolen & 'quoted' \"too\" \x1b é \udcff"


def python(code, *arguments):
    return shlex.join([sys.executable, "-c", code, *arguments])


def test_the_message_is_data_in_the_environment_and_on_the_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = (
        "import os, sys; open('said', 'wb').write(os.environb[b'SING_MESSAGE']);"
        "open('read', 'wb').write(sys.stdin.buffer.read())"
    )

    assert notify(python(code), HOSTILE) == ""

    assert (tmp_path / "said").read_bytes() == HOSTILE.encode(errors="surrogateescape")
    assert (tmp_path / "read").read_bytes() == HOSTILE.encode(errors="replace") + b"\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["read", "said"]


def test_no_shell_reads_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert words(f"{sys.executable} -c pass; touch stolen && $HOME") == [
        sys.executable, "-c", "pass;", "touch", "stolen", "&&", "$HOME"
    ]  # fmt: skip
    assert notify(f"{sys.executable} -c pass ; touch stolen", "message") == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["", "  ", "no-such-program", "/etc/passwd", "mail 'open"])
def test_what_cannot_be_carried_out_is_told(command):
    with pytest.raises(NotifyError, match="--notify"):
        words(command)
    assert "--notify" in notify(command, "message")


def test_a_command_that_fails_is_told_and_fails_nothing_else(monkeypatch):
    told = notify(python("import sys; print('no mail', file=sys.stderr); sys.exit(3)"), "message")
    assert told == "the command of --notify ended with code 3: no mail"

    monkeypatch.setattr(notifying, "_PATIENCE_S", 0.05)
    assert "was ended" in notify(python("import time; time.sleep(60)"), "message")
