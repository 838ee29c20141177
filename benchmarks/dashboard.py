"""How long a reader waits for a page, and the pages for the database.

python benchmarks/dashboard.py DATA     a data root of yours, such as the demo's
python benchmarks/dashboard.py --big    one that is made here: 52 million image-concept rows

Serves the dashboard, clicks through its pages in Chromium, and prints for each
the time from click to drawn charts: cold (the first time after a start, median
of three starts) and warm (p50 and p95 of ten visits). Then asks every question
of the pages in SQL, each on a connection of its own as the pages do: p50 and
p95 of ten, of the first answers in a new process too. --big needs some 6 GB of
disk and minutes to be made.
"""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from selenium import webdriver

from tests.support import synthetic
from warehouse import schema
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Two studies, twenty runs, thirteen models; two runs with 1,000 classes and 100,000 images.
LARGE = synthetic.Size(
    runs=2, studies=2, models=13, classes=1000, concepts=200, images=100_000, phrases_kept=20,
    steered=32,
)  # fmt: skip
OTHERS = synthetic.Size(runs=18, studies=2, models=13, classes=16, concepts=84, images=2000)

#: Pages in the order of their links, with the charts that each draws at first.
PAGES = {
    "Overview": 1, "Models": 5, "Classes": 1, "Concepts": 3, "Image": 1, "Map": 2, "Compare": 0,
    "Steering": 2, "Cure": 2, "Validation": 3, "Trends": 1, "SQL": 0, "Runs": 1,
}  # fmt: skip

VISITS, STARTS = 10, 3

_CLICK = """
// Streamlit draws large charts on a canvas, small ones as SVG.
const [title, charts, done] = arguments;
const question = () => document.querySelector('h2')?.innerText;
const before = question(), start = performance.now();
[...document.querySelectorAll('[data-testid=stPageLink-NavLink]')]
  .find(link => link.innerText.split('\\n').pop().trim() === title).click();
let calm = 0;
const look = () => {
  const app = document.querySelector('[data-testid=stApp]');
  const drawn = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')];
  const there = question() !== before
    && app.getAttribute('data-test-script-state') === 'notRunning'
    && drawn.length >= charts
    && drawn.every(chart => chart.querySelector('svg .role-mark, canvas'));
  calm = there ? calm + 1 : 0;
  if (calm === 1) window.drawnAt = performance.now();
  if (calm > 3) done(window.drawnAt - start);
  else if (performance.now() - start > 60000) done(null);
  else requestAnimationFrame(look);
};
look();
"""


def make(root: DataRoot) -> None:
    """Write the large file: the small runs first, as months of use would."""
    root.published.mkdir(parents=True)
    file = root.published / "gen-1.duckdb"
    with duckdb.connect(str(file), config={"memory_limit": "8GB"}) as database:
        schema.create(database)
        synthetic.fill(database, OTHERS)
        synthetic.fill(database, LARGE, first=OTHERS.runs)
        database.execute("checkpoint")
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")


@contextmanager
def served(root: DataRoot) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "dashboard", "--data",
         str(root.path), "--port", str(port)],
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield address
    finally:
        os.killpg(process.pid, 2)
        process.wait()


def browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"):
        options.add_argument(flag)
    return webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))
    )


def visits(root: DataRoot) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds from click to drawn page: first visits after a start, and later ones."""
    cold: dict[str, list[float]] = {title: [] for title in PAGES}
    warm: dict[str, list[float]] = {title: [] for title in PAGES}
    driver = browser()
    driver.set_script_timeout(90)
    try:
        for start in range(STARTS):
            with served(root) as address:
                driver.get(f"{address}/runs")
                time.sleep(4)  # Streamlit's own scripts
                rounds = [cold] + ([warm] * VISITS if start == STARTS - 1 else [])
                for times in rounds:
                    for title, charts in PAGES.items():
                        took = driver.execute_async_script(_CLICK, title, charts)
                        assert took is not None, f"{title} is not drawn within a minute"
                        times[title].append(took)
    finally:
        driver.quit()
    return cold, warm


def questions(root: DataRoot) -> dict[str, dict[str, Any]]:
    """Every question with choices as the pages make them at first."""
    warehouse = Warehouse(root)
    (run,) = warehouse.query(
        "select run_id from main.runs where status = 'finished' order by finished_at desc limit 1"
    ).to_pydict()["run_id"]
    models = warehouse.ask("scored_models", run=run)["model"].to_pylist()
    names = warehouse.ask("class_names", run=run).to_pylist()
    image = warehouse.query(
        "select image_id, path from main.images where run_id = ? limit 1 offset 777", [run]
    ).to_pylist()[0]["image_id"]
    values = {
        "run": run, "model": models[0], "a": models[0], "b": models[-1], "bins": 48, "most": 18,
        "text": "", "outliers": False, "images": [image], "image": image, "class_index": 1,
        "source": names[0]["class_name"], "target": names[1]["class_name"], "classes": 40,
        "phrases": 60, "group": "", "own": True, "unflagged": False, "only": None,
        "phrase": "phrase 1", "metric": "is_as_ratio", "paths": ["class 0001/1.png"],
        "side": "original", "across": 90,
        "cure": "none", "models": models,
        "low": -1.1, "high": 1.1, "x0": -0.2, "x1": 0.4, "y0": -0.3, "y1": 0.3, "cluster": 0,
    }  # fmt: skip
    found = {}
    for name, query in schema.sql("questions").items():
        wanted = set(re.findall(r"\$(\w+)", re.sub(r"--.*", "", query)))
        found[name] = {key: values[key] for key in wanted}
    found["compared"] = {"a": run, "b": run}
    return found


def answers(root: str) -> dict[str, list[float]]:
    """Milliseconds of each question's answers in this process; the first of each is cold."""
    store = Warehouse(DataRoot(Path(root)))
    asked = questions(store.root)
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(VISITS + 1):
        for name, parameters in asked.items():
            began = time.perf_counter()
            store.ask(name, **parameters)
            times[name].append(1000 * (time.perf_counter() - began))
    return times


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def report(root: DataRoot) -> None:
    store = Warehouse(root)
    (n,) = store.query("select count(*) as n from main.image_concept_scores").to_pydict()["n"]
    size = sum(file.stat().st_size for file in root.published.glob("*.duckdb")) / 2**20
    print(f"{n:,} image-concept rows, {size:,.0f} MiB\n")
    print("| page | cold, ms | warm p50, ms | warm p95, ms |\n| --- | --- | --- | --- |")
    cold, warm = visits(root)
    for title in PAGES:
        print(
            f"| {title} | {statistics.median(cold[title]):,.0f} | "
            f"{statistics.median(warm[title]):,.0f} | {p95(warm[title]):,.0f} |"
        )
    with get_context("spawn").Pool(1) as pool:
        times = pool.apply(answers, (str(root.path),))
    print("\n| question | first, ms | p50, ms | p95, ms |\n| --- | --- | --- | --- |")
    for name, took in sorted(times.items(), key=lambda item: -p95(item[1][1:]))[:12]:
        print(
            f"| {name} | {took[0]:,.0f} | {statistics.median(took[1:]):,.0f} | "
            f"{p95(took[1:]):,.0f} |"
        )
    rest = [time for took in times.values() for time in took[1:]]
    print(f"| all {len(times)} | | {statistics.median(rest):,.0f} | {p95(rest):,.0f} |")


def main(argument: str) -> None:
    if argument != "--big":
        report(DataRoot(Path(argument)))
        return
    with TemporaryDirectory(dir=os.environ.get("SING_BIG")) as folder:
        root = DataRoot(Path(folder) / "data")
        began = time.perf_counter()
        make(root)
        print(f"made in {time.perf_counter() - began:,.0f} s")
        report(root)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
