"""Where the command's words go: full disks, closed streams, terminals, a folder that is gone."""

import io
import os
import subprocess

import pytest

from flows import cli
from flows.cli.printing import print_rows
from flows.terminal import progress
from tests.support.command import SING


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    return str(tmp_path_factory.mktemp("nothing"))


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("runs --json --data {} > /dev/full", 1, "No space left on device"),
        ("runs --data {} 2> /dev/full", 1, ""),
        ("runs --json --data {} > /dev/full 2> /dev/full", 1, ""),
        ("--help > /dev/full", 1, "No space left on device"),
        ("runs --json --data {} >&-", 0, ""),
        ("runs --data {} 2>&-", 0, ""),
        ("runs --nothing 2> /dev/full", 2, ""),
    ],
)
def test_streams_that_take_nothing_end_as_failed_work_does(nothing, line, code, said):
    ran = subprocess.run(
        f"{SING} {line.format(nothing)}", shell=True, capture_output=True, text=True
    )

    assert ran.returncode == code
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == bool(said)


def test_a_folder_that_is_gone_is_told(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    ran = subprocess.run(
        [SING, "runs"], capture_output=True, text=True, cwd=gone, preexec_fn=gone.rmdir
    )

    assert ran.returncode == 2
    assert ran.stderr.startswith("sing: the folder that this shell is in does not exist")
    assert len(ran.stderr.splitlines()) == 1


HOSTILE = "a\x1b[31m:smile: [red]b[/red]\x9b2J"
SHOWN = "a\\x1b[31m:smile: [red]b[/red]\\x9b2J"


def test_names_give_no_orders_to_the_terminal(capsys):
    print_rows([{HOSTILE: HOSTILE, "n": 1}], title=HOSTILE)

    assert capsys.readouterr().out.count(SHOWN) == 3


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_and_sentences_show_names_as_they_stand(monkeypatch, terminal):
    said = io.StringIO()
    monkeypatch.setattr(progress.console, "_force_terminal", terminal)
    monkeypatch.setattr(progress.console, "_file", said)
    monkeypatch.setattr(progress.console, "_width", 200)

    progress.say(HOSTILE)
    with progress.progress(HOSTILE, 1, "files") as advance:
        advance(1)

    assert said.getvalue().count(SHOWN) >= (2 if terminal else 1)
    assert HOSTILE not in said.getvalue()


def test_an_error_shows_names_as_they_stand(capsys):
    assert cli.command(["report", "a\x1b[31m", "--data", os.devnull]) == 2
    assert cli.command(["runs", "\x1b[31m"]) == 2

    assert "\x1b" not in capsys.readouterr().err


def test_other_formats_have_the_characters_themselves(made_once, capfdbinary):
    query = ["sql", "select 'a'||chr(27) as name", "--format", "csv"]

    assert cli.command([*query, "--data", str(made_once.root.path)]) == 0

    assert capfdbinary.readouterr().out == b"name\na\x1b\n"


def test_a_dash_reads_the_query_from_stdin_and_writes_the_report_to_stdout(made_once):
    def ask(*arguments, given=b""):
        line = [SING, *arguments, "--data", made_once.root.path]
        return subprocess.run(line, input=given, capture_output=True)

    assert ask("sql", "-", given=b"select 1 as one").stdout == b"one\n1\n"
    assert ask("sql", "--format", "json", "-", given=b"select 1 as one").stdout == b'[{"one":1}]\n'
    written = ask("report", "small", "--out", "-")
    assert written.returncode == 0
    assert written.stdout.rstrip().endswith(b"</html>")
    for bad in (b"select '\xff'", b"select 'a\0b'"):
        ran = ask("sql", "-", given=bad)
        assert ran.returncode == 2
        assert ran.stderr == b"sing: the query has characters that are no text; type it anew\n"


@pytest.mark.parametrize(
    "line", [["sql", "--formt"], ["sql", "-x"], ["report", "small", "--out", "--json"]]
)
def test_an_option_that_is_none_is_no_query_and_no_file(call, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, err = call(*line)

    assert (code, out) == (2, "")
    assert f"no option {line[-1]}" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "line",
    [
        ["sql", "select '\udcff'"],
        ["findings", "\udcff"],
        ["findings", "small", "--class", "\udcff"],
    ],
)
def test_bytes_that_are_no_text_are_told(call, line):
    code, out, err = call(*line)

    assert (code, out) == (2, "")
    assert "fault of the program" not in err
    err.encode()
