"""What the package consists of."""

import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.clusters import free_port

HERE = Path(__file__).parents[1]
PACKAGES = ("dashboards", "flows", "sing_core", "warehouse")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel, and what git says belongs to its packages."""
    if not (HERE / ".git").exists():
        pytest.skip("only git tells which files belong to the packages")
    folder = tmp_path_factory.mktemp("built")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", *PACKAGES],
        cwd=HERE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    tracked = [name for name in listed.stdout.splitlines() if (HERE / name).exists()]
    # A copy: a folder build/ of another day would get into the wheel.
    for name in [*tracked, "pyproject.toml", "README.md", "LICENSE"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / name, folder / name)
    build = "import setuptools.build_meta as b; b.build_wheel('wheel')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, capture_output=True, check=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    return wheel, tracked


def test_a_wheel_has_every_file_of_the_packages(built):
    wheel, tracked = built

    held = [n for n in zipfile.ZipFile(wheel).namelist() if n.startswith(PACKAGES)]
    assert sorted(held) == sorted(tracked)


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel in an environment of its own, which has this one's libraries and not this tree."""
    wheel, _ = built
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target",
         site, wheel],
        check=True, capture_output=True,
    )  # fmt: skip
    # A path in a .pth file brings the libraries there, and not what their own .pth files name:
    # this tree is one of those.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "libraries.pth").write_text(f"{libraries}\n")
    code = "import sys; sys.argv[0] = 'sing'; from flows.cli import main; main()"
    python = folder / "env" / "bin" / "python"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    return folder, [python, "-c", code], environment, site


def test_the_installed_wheel_runs_a_study_and_serves_its_pages(installed):
    folder, sing, environment, site = installed
    study = (site / "flows" / "studies" / "demo.toml").read_text()
    (folder / "study.toml").write_text(
        study.split("# Colors were mixed")[0].replace("n = 10000", "n = 160")
    )
    shutil.copytree(site / "flows" / "studies" / "shapes", folder / "shapes")

    def run(*arguments):
        return subprocess.run(
            [*sing, *arguments, "--data", "data"],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    done = run("run", "study.toml", "--plain")
    assert done.returncode == 0, done.stderr
    assert "plain" in done.stdout
    said = run("findings", "demo")
    assert said.returncode == 0, said.stderr
    assert "plain" in said.stdout
    assert run("report", "demo", "--out", "report.html").returncode == 0
    assert (folder / "report.html").stat().st_size > 50_000
    port = free_port()
    serving = subprocess.Popen(
        [*sing, "dashboard", "--port", str(port), "--data", "data"],
        cwd=folder, env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert answers(f"http://127.0.0.1:{port}/_stcore/health") == b"ok"
    finally:
        serving.terminate()
        serving.wait(30)


def answers(address):
    for _ in range(300):
        try:
            with urlopen(address, timeout=5) as answer:
                return answer.read()
        except URLError:
            time.sleep(0.2)
    return None
