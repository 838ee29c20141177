"""What the package consists of."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
PACKAGES = ("dashboards", "flows", "sing_core", "warehouse")


def test_a_wheel_has_every_file_of_the_packages(tmp_path):
    if not (HERE / ".git").exists():
        pytest.skip("only git tells which files belong to the packages")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", *PACKAGES],
        cwd=HERE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    tracked = [name for name in listed.stdout.splitlines() if (HERE / name).exists()]
    # A copy: a folder build/ of another day would get into the wheel.
    for name in [*tracked, "pyproject.toml", "README.md", "LICENSE"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / name, tmp_path / name)

    build = "import setuptools.build_meta as b; b.build_wheel('wheel')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, capture_output=True, check=True)

    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    held = [n for n in zipfile.ZipFile(wheel).namelist() if n.startswith(PACKAGES)]
    assert sorted(held) == sorted(tracked)
