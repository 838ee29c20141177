"""The command as users call it: exit codes, what goes to stdout, and sentences."""

import re
import subprocess
import sys
from pathlib import Path

from flows import cli
from tests.support import world


def test_a_wrong_study_and_a_wrong_command_line_exit_with_2(call, made_once, tmp_path):
    (tmp_path / "bad.toml").write_text(world.STUDY.replace("root =", "rot ="))

    for arguments in (
        ["run", tmp_path / "bad.toml"],
        ["run"],
        ["rnu"],
        ["sql"],
        ["run", "a", "-x"],
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, ""), arguments
        assert "Traceback" not in err


def test_a_data_root_that_cannot_be_is_told(call, made_once):
    for command in (["runs"], ["run", made_once.study, "--plain"], ["gc"]):
        code, out, err = call(*command, "--data", "")
        assert (code, out) == (2, "")
        assert "--data: it is empty; name a folder" in err
    for command in (["run", made_once.study, "--plain"], ["run", made_once.study]):
        code, out, err = call(*command, "--data", "/proc/data")
        assert (code, out) == (2, "")
        assert "the data root /proc/data is not there and cannot be made (" in err


def test_help_needs_no_heavy_import():
    code = (
        "import sys, flows.cli as c; c.command(['--help']); print(sorted(set(sys.modules) & {%s}))"
    )
    heavy = "'torch', 'timm', 'prefect', 'polars', 'duckdb', 'open_clip'"

    ran = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True)

    assert ran.stdout.splitlines()[-1] == "[]"


def test_every_command_in_a_message_exists():
    known = set(cli.app)
    home = Path(cli.__file__).parents[2]
    named = [
        (source.name, name)
        for package in ("flows", "warehouse", "sing_core")
        for source in (home / package).rglob("*.py")
        for name in re.findall(r"`sing (\w+)", source.read_text())
    ]
    assert len(named) > 10
    for source, name in named:
        assert name in known, f"{source} names `sing {name}`"
