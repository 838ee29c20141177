"""What `make` would run."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest


def would_run(*arguments, **environment):
    """The last command of a target, in words, as the shell would split it."""
    # Neither what this machine says, nor what the make says that runs the tests.
    own = {k: v for k, v in os.environ.items() if k not in ("SING_DATA", "DATA", "MFLAGS")}
    told = subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=Path(__file__).parent.parent,
        env={k: v for k, v in own.items() if not k.startswith("MAKE")} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return shlex.split(told.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", [["demo"], ["run", "my study.toml"]])
@pytest.mark.parametrize(
    ("arguments", "environment", "root"),
    [
        ([], {}, "data"),
        ([], {"SING_DATA": ""}, "data"),
        ([], {"SING_DATA": "/disk/sing"}, "/disk/sing"),
        ([], {"SING_DATA": "/disk/my results, old"}, "/disk/my results, old"),
        ([], {"SING_DATA": "/disk/$HOME"}, "/disk/$HOME"),
        (["DATA=elsewhere"], {"SING_DATA": "/disk/sing"}, "elsewhere"),
        (["DATA=else where"], {}, "else where"),
        ([], {"SING_DATA": "/disk/sing", "DATA": "elsewhere"}, "elsewhere"),
    ],
)
def test_the_demo_goes_to_the_folder_that_was_asked_for(what, arguments, environment, root):
    study = [f"STUDY={name}" for name in what[1:]]

    assert would_run("demo", *study, *arguments, **environment) == [
        ".venv/bin/sing", *what, "--data", root,
    ]  # fmt: skip
