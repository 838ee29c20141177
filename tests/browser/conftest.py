"""A real Chromium over the pages of a demo of a few hundred scenes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from warehouse.layout import DataRoot

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--force-prefers-reduced-motion",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: Where screenshots are kept; CI takes them as artifacts.
SHOTS = Path(os.environ.get("SING_SCREENSHOTS", "screenshots"))

#: Streamlit asks for its own health below each part of an address, until one answers.
_PROBES = ("_stcore/health", "_stcore/host-config")


@dataclass
class Look:
    """A browser, and what it can be asked about a page."""

    driver: webdriver.Chrome
    address: str

    def open(self, path: str, charts: int = 0) -> None:
        """Open a page and wait until it has so many charts."""
        self.driver.get(f"{self.address}/{path}")
        self.settle(charts)

    def settle(self, charts: int = 0, seconds: float = 60.0) -> None:
        """Wait until the script has run and every chart of the page is drawn."""
        until = time.monotonic() + seconds
        calm = 0
        while calm < 4:
            there = self.driver.execute_script(_AT_REST)
            if time.monotonic() > until:
                raise AssertionError(f"no rest: {there} charts of {charts}\n{self.text}")
            calm = calm + 1 if there is not None and there >= charts else 0
            time.sleep(0.1)

    def all(self, selector: str) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    @property
    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def query(self) -> str:
        return self.driver.current_url.removeprefix(self.address)

    def marks(self) -> list[int]:
        """How many marks of each chart take any room."""
        return self.driver.execute_script(_MARKS)

    def click(self, selector: str, text: str) -> None:
        (element, *_) = [e for e in self.all(selector) if e.text.strip().split("\n")[-1] == text]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.settle()

    def errors(self) -> list[str]:
        """What the console complains about, but for Streamlit looking for itself."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if not any(probe in entry["message"] for probe in _PROBES)
        ]

    def requests(self) -> list[str]:
        """Addresses that the page asked for since the last time."""
        import json

        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def shoot(self, name: str, width: int = 1280) -> None:
        """Keep a picture of the whole page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        height = self.driver.execute_script(_HEIGHT)
        self.driver.set_window_size(width, min(height + 160, 5000))
        self.settle()
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))
        self.driver.set_window_size(width, 1000)


_HEIGHT = "return document.querySelector('[data-testid=stMain]').scrollHeight"

#: How many charts are drawn; null while anything is under way.
_AT_REST = """
const app = document.querySelector('[data-testid=stApp]');
const one = selector => document.querySelector(selector);
if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') return null;
if (!one('h2') || one('[data-testid=stSpinner]') || one('[data-testid=stSkeleton]')) return null;
const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')];
return charts.every(chart => chart.querySelector('svg .role-mark, canvas')) ? charts.length : null;
"""

#: Vega draws a group a layer, and in it an element a mark.
_MARKS = """
return [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart =>
  [...chart.querySelectorAll('svg .role-mark > *')].filter(mark => {
    const box = mark.getBoundingClientRect();
    return box.width + box.height > 0;
  }).length);
"""


@pytest.fixture(scope="session")
def shown(tmp_path_factory):
    """The demo's own networks and study, over fewer scenes."""
    # Only here: where these tests are skipped they cost no import of networks.
    from flows.made_world import demo
    from flows.pipeline import run_study
    from flows.study.load import load_study

    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(demo.STUDY.parent / "shapes", folder / "shapes")
    text = demo.STUDY.read_text()
    assert "n = 10000" in text
    study = folder / "demo.toml"
    study.write_text(text.replace("n = 10000", "n = 400") + "\n[analysis]\nbootstrap_draws = 100\n")
    root = DataRoot(folder / "data")
    run_study(load_study(study), root)
    return root


@pytest.fixture(scope="session")
def served(shown):
    """The address of `sing dashboard` over it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = "from flows.cli import main; main()"
    arguments = ["dashboard", "--data", str(shown.path), "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-c", start, *arguments], start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    yield address
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Debian's Chromium; where it is missing these tests are skipped, but never in CI."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no chromium and chromedriver; .ci/run installs them")
        pytest.skip(
            "the pages in a real browser; Debian's packages chromium and chromium-driver bring it "
            "(apt-get install chromium chromium-driver)"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, "--window-size=1280,1000"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    downloads = tmp_path_factory.mktemp("downloads")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    browser.downloads = downloads
    yield browser
    browser.quit()


@pytest.fixture
def look(chromium, served):
    chromium.get_log("browser")
    chromium.get_log("performance")
    chromium.set_window_size(1280, 1000)
    return Look(chromium, served)
